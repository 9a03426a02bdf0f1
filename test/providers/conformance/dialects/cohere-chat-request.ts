import type { ScriptedRequest } from '../../../support/providers/scripted-provider.ts';
import {
  fileAt,
  listOf,
  objectOf,
  present,
  textOf,
  type Asked,
  type Json,
  type Part,
  type Turn,
} from '../asked.ts';

/** A request of Cohere's Chat (https://docs.cohere.com/reference/chat). */
export function readCohereChat({ body }: ScriptedRequest): Asked {
  const { tool_choice: choice, max_tokens: budget, stop_sequences: stops, tools } = body;
  const format = objectOf(body['response_format']);
  const { type, token_budget: tokens } = objectOf(body['thinking']);
  const effort = type === 'disabled' ? 'none' : tokens;
  return {
    model: textOf(body['model']),
    turns: listOf(body['messages']).map(turnOf),
    tools: listOf(tools).map((tool) => {
      const { name, parameters } = objectOf(tool['function']);
      return { name: textOf(name), schema: parameters, strict: false };
    }),
    ...(choice !== undefined && { toolChoice: choiceOf(textOf(choice), listOf(tools)) }),
    // A schema is held to, whatever it allows: there is no mode for it.
    ...(format['json_schema'] !== undefined && { schema: { schema: format['json_schema'], strict: true } }),
    ...(budget !== undefined && { budget: ['max_tokens', Number(budget)] as const }),
    sampling: present(body, {
      ...{ temperature: 'temperature', p: 'topP', k: 'topK', seed: 'seed' },
      ...{ presence_penalty: 'presencePenalty', frequency_penalty: 'frequencyPenalty' },
    }),
    stops: Array.isArray(stops) ? (stops as string[]) : [],
    ...((typeof effort === 'string' || typeof effort === 'number') && { effort }),
  };
}

/** One tool is asked for by sending no other. */
function choiceOf(choice: string, tools: readonly Json[]): string {
  const [only, ...others] = tools;
  if (choice !== 'REQUIRED' || others.length > 0) return choice.toLowerCase();
  return textOf(objectOf(only?.['function'])['name']);
}

function turnOf(message: Json): Turn {
  const content = partsOf(message['content']);
  switch (message['role']) {
    case 'system':
      return { role: 'system', parts: content };
    case 'tool': {
      const text = content.map((part) => (part.kind === 'text' ? part.text : '')).join('');
      return { role: 'user', parts: [{ kind: 'result', id: textOf(message['tool_call_id']), text }] };
    }
    case 'assistant':
      return { role: 'assistant', parts: [...content, ...callsOf(message)] };
    default:
      return { role: 'user', parts: content };
  }
}

function partsOf(content: unknown): Part[] {
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }];
  return listOf(content).map((part): Part => {
    switch (part['type']) {
      case 'image_url':
        return fileAt(textOf(objectOf(part['image_url'])['url']));
      case 'thinking':
        return { kind: 'thought', text: textOf(part['thinking']) };
      default:
        return { kind: 'text', text: textOf(part['text']) };
    }
  });
}

function callsOf(message: Json): Part[] {
  return listOf(message['tool_calls']).map((call) => {
    const { name, arguments: args } = objectOf(call['function']);
    return { kind: 'call', id: textOf(call['id']), name: textOf(name), arguments: textOf(args) };
  });
}
