import type { ScriptedRequest } from '../../../support/providers/scripted-provider.ts';
import { listOf, objectOf, present, textOf, type Asked, type Json, type Part, type Turn } from '../asked.ts';

/** A request of Converse (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html). */
export function readConverse({ body, path }: ScriptedRequest): Asked {
  const config = objectOf(body['inferenceConfig']);
  const { maxTokens: budget, stopSequences: stops } = config;
  const { tools, toolChoice } = objectOf(body['toolConfig']);
  const more = objectOf(body['additionalModelRequestFields']);
  const format = objectOf(objectOf(body['outputConfig'])['textFormat']);
  const outputFormat = objectOf(objectOf(more['output_config'])['format'] ?? more['output_format']);
  const effort = effortOf(more);
  const schema = format['structure'] ?? outputFormat['schema'];
  return {
    model: decodeURIComponent(/\/model\/([^/]+)\//.exec(path)?.[1] ?? ''),
    turns: [
      ...(listOf(body['system']).length === 0
        ? []
        : [{ role: 'system' as const, parts: partsOf(body['system']) }]),
      ...listOf(body['messages']).map(turnOf),
    ],
    tools: listOf(tools).flatMap((tool) => {
      if (tool['toolSpec'] === undefined) return [];
      const { name, inputSchema, strict } = objectOf(tool['toolSpec']);
      return [{ name: textOf(name), schema: objectOf(inputSchema)['json'], strict: strict === true }];
    }),
    ...(toolChoice !== undefined && { toolChoice: choiceOf(objectOf(toolChoice)) }),
    ...(schema !== undefined && { schema: { schema, strict: true } }),
    ...(budget !== undefined && { budget: ['maxTokens', Number(budget)] as const }),
    sampling: {
      ...present(config, { temperature: 'temperature', topP: 'topP' }),
      ...present(more, { top_k: 'topK' }),
    },
    stops: Array.isArray(stops) ? (stops as string[]) : [],
    ...(effort !== undefined && { effort }),
  };
}

function choiceOf(choice: Json): string {
  if (choice['any'] !== undefined) return 'required';
  return choice['tool'] === undefined ? 'auto' : textOf(objectOf(choice['tool'])['name']);
}

function effortOf(more: Json): string | number | undefined {
  const { type, budget_tokens: tokens } = objectOf(more['thinking'] ?? more['reasoning_config']);
  if (typeof tokens === 'number') return tokens;
  if (type === 'disabled') return 'none';
  const effort = objectOf(more['output_config'])['effort'] ?? more['reasoning_effort'];
  return typeof effort === 'string' ? effort : undefined;
}

function turnOf({ role, content }: Json): Turn {
  return { role: role === 'assistant' ? role : 'user', parts: partsOf(content) };
}

function partsOf(content: unknown): Part[] {
  return listOf(content).flatMap((part): Part[] => {
    const { reasoningContent, toolUse, toolResult, image, document } = part;
    if (reasoningContent !== undefined) {
      const { text, signature } = objectOf(objectOf(reasoningContent)['reasoningText']);
      return [
        { kind: 'thought', text: textOf(text), ...(typeof signature === 'string' && { seal: signature }) },
      ];
    }
    if (toolUse !== undefined) {
      const { toolUseId, name, input } = objectOf(toolUse);
      return [{ kind: 'call', id: textOf(toolUseId), name: textOf(name), arguments: JSON.stringify(input) }];
    }
    if (toolResult !== undefined) {
      const { toolUseId, content: said } = objectOf(toolResult);
      const text = listOf(said)
        .map((one) => textOf(one['text']))
        .join('');
      return [{ kind: 'result', id: textOf(toolUseId), text }];
    }
    if (image !== undefined) return [fileOf('image', objectOf(image))];
    if (document !== undefined) return [fileOf('application', objectOf(document))];
    return typeof part['text'] === 'string' ? [{ kind: 'text', text: part['text'] }] : [];
  });
}

function fileOf(kind: string, { format, source, name }: Json): Part {
  const { bytes } = objectOf(source);
  const named = kind === 'application' ? { filename: textOf(name) } : {};
  return { kind: 'file', mediaType: `${kind}/${textOf(format)}`, base64: textOf(bytes), ...named };
}
