import type { ScriptedRequest } from '../../../support/providers/scripted-provider.ts';
import {
  listOf,
  objectOf,
  present,
  textOf,
  type Asked,
  type FilePart,
  type Json,
  type Part,
  type Turn,
} from '../asked.ts';

/** A request of Messages (https://platform.claude.com/docs/en/api/messages). */
export function readMessages({ body }: ScriptedRequest): Asked {
  const { system, max_tokens: budget, stop_sequences: stops } = body;
  const choice = objectOf(body['tool_choice']);
  const output = objectOf(body['output_config']);
  const format = objectOf(output['format'] ?? body['output_format']);
  const effort = effortOf(body, output);
  return {
    model: textOf(body['model']),
    turns: [
      ...(system === undefined ? [] : [{ role: 'system' as const, parts: partsOf(system) }]),
      ...listOf(body['messages']).map(turnOf),
    ],
    tools: listOf(body['tools']).map(({ name, input_schema: schema, strict }) => ({
      ...{ name: textOf(name), schema, strict: strict === true },
    })),
    ...(body['tool_choice'] !== undefined && { toolChoice: choiceOf(choice) }),
    ...(format['type'] === 'json_schema' && { schema: { schema: format['schema'], strict: true } }),
    ...(budget !== undefined && { budget: ['max_tokens', Number(budget)] as const }),
    sampling: present(body, { temperature: 'temperature', top_p: 'topP', top_k: 'topK' }),
    stops: Array.isArray(stops) ? (stops as string[]) : [],
    ...(effort !== undefined && { effort }),
  };
}

function choiceOf({ type, name }: Json): string {
  if (type === 'any') return 'required';
  return type === 'tool' ? textOf(name) : textOf(type);
}

function effortOf(body: Json, output: Json): string | number | undefined {
  const { type, budget_tokens: tokens } = objectOf(body['thinking']);
  if (typeof tokens === 'number') return tokens;
  if (type === 'disabled') return 'none';
  return typeof output['effort'] === 'string' ? output['effort'] : undefined;
}

function turnOf({ role, content }: Json): Turn {
  return { role: role === 'assistant' ? role : 'user', parts: partsOf(content) };
}

export function partsOf(content: unknown): Part[] {
  if (typeof content === 'string') return [{ kind: 'text', text: content }];
  return listOf(content).map((part): Part => {
    switch (part['type']) {
      case 'thinking':
        return { kind: 'thought', text: textOf(part['thinking']), seal: textOf(part['signature']) };
      case 'redacted_thinking':
        return { kind: 'thought', text: '', seal: textOf(part['data']) };
      case 'tool_use': {
        const call = { id: textOf(part['id']), name: textOf(part['name']) };
        return { kind: 'call', ...call, arguments: JSON.stringify(part['input']) };
      }
      case 'tool_result': {
        const text = partsOf(part['content'])
          .map((one) => (one.kind === 'text' ? one.text : ''))
          .join('');
        return { kind: 'result', id: textOf(part['tool_use_id']), text };
      }
      case 'image':
      case 'document':
        return fileOf(objectOf(part['source']));
      default:
        return { kind: 'text', text: textOf(part['text']) };
    }
  });
}

function fileOf({ type, url, media_type: mediaType, data }: Json): FilePart {
  if (type === 'url') return { kind: 'file', url: textOf(url) };
  return { kind: 'file', mediaType: textOf(mediaType), base64: textOf(data) };
}
