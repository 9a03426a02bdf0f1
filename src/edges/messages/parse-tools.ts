import type { RawTool, RawToolChoice } from '../../routing/request/raw-route-input.ts';
import { refuseIndirect } from '../common/direct-tools.ts';
import type { JsonReader } from '../common/json-reader.ts';

/** The caller's own tools; whatever Anthropic runs or defines itself is refused by its name. */
export function parseTools(body: JsonReader): RawTool[] {
  return (body.objects('tools') ?? []).map((tool) => {
    const type = tool.text('type') ?? 'custom';
    if (type !== 'custom')
      tool.refuse(
        'type',
        `${type} is a tool that only Anthropic has; send tools of your own (\`input_schema\`)`,
      );
    else tool.only(known);
    refuseIndirect(tool);
    const description = describe(tool);
    const strict = tool.boolean('strict');
    return {
      name: tool.requiredText('name'),
      ...(description !== undefined && { description }),
      parameters: tool.requiredObject('input_schema').value,
      ...(strict !== undefined && { strict }),
    };
  });
}

/** `cache_control` of a tool holds for the system prompt after it, too; the others are hints for Anthropic's models. */
const known = [
  ...['type', 'name', 'description', 'input_schema', 'strict', 'cache_control', 'input_examples'],
  ...['defer_loading', 'eager_input_streaming', 'allowed_callers'],
];

function describe(tool: JsonReader): string | undefined {
  const description = tool.text('description');
  const examples = (tool.objects('input_examples') ?? []).map(({ value }) => JSON.stringify(value));
  if (examples.length === 0) return description;
  return [description ?? '', `Examples of its input: ${examples.join(' ')}`].join('\n').trim();
}

const modes = { auto: 'auto', any: 'required', tool: 'tool', none: 'none' } as const;

/** How the tools are to be used. */
export function parseToolChoice(body: JsonReader): {
  toolChoice?: RawToolChoice;
  parallelToolCalls?: boolean;
} {
  const choice = body.object('tool_choice');
  if (choice === undefined) return {};
  choice.only(['type', 'name', 'disable_parallel_tool_use']);
  const type = choice.oneOf('type', ['auto', 'any', 'tool', 'none']);
  const mode = modes[type ?? choice.refuse('type', 'is required')];
  const isAlone = choice.boolean('disable_parallel_tool_use');
  return {
    toolChoice: { mode, ...(mode === 'tool' && { toolName: choice.requiredText('name') }) },
    ...(isAlone !== undefined && { parallelToolCalls: !isAlone }),
  };
}
