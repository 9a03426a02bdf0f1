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

/** A request of Chat Completions (https://platform.openai.com/docs/api-reference/chat/create). */
export function readChatCompletions({ body, path }: ScriptedRequest): Asked {
  const { response_format: format, tool_choice: choice, stop } = body;
  const schema = objectOf(objectOf(format)['json_schema']);
  // Azure's deployments stand in the path.
  const deployment = /\/deployments\/([^/]+)\//.exec(path)?.[1];
  const budgetName = ['max_tokens', 'max_completion_tokens'].find((name) => body[name] !== undefined);
  const isOff = objectOf(body['thinking'])['type'] === 'disabled';
  const effort = isOff ? 'none' : body['reasoning_effort'];
  return {
    model: deployment === undefined ? textOf(body['model']) : decodeURIComponent(deployment),
    turns: listOf(body['messages']).map(turnOf),
    tools: listOf(body['tools']).map((tool) => {
      const { name, parameters, strict } = objectOf(tool['function']);
      return { name: textOf(name), schema: parameters, strict: strict === true };
    }),
    ...(choice !== undefined && { toolChoice: choiceOf(choice) }),
    ...(objectOf(format)['type'] === 'json_schema' && {
      schema: { schema: schema['schema'], strict: schema['strict'] === true },
    }),
    ...(budgetName !== undefined && { budget: [budgetName, Number(body[budgetName])] as const }),
    sampling: present(body, {
      ...{ temperature: 'temperature', top_p: 'topP', top_k: 'topK', seed: 'seed', random_seed: 'seed' },
      ...{ presence_penalty: 'presencePenalty', frequency_penalty: 'frequencyPenalty' },
    }),
    stops: Array.isArray(stop) ? (stop as string[]) : [],
    ...(typeof effort === 'string' && { effort }),
  };
}

function choiceOf(choice: unknown): string {
  // Mistral calls it so.
  if (choice === 'any') return 'required';
  return typeof choice === 'string' ? choice : textOf(objectOf(objectOf(choice)['function'])['name']);
}

function turnOf(message: Json): Turn {
  const content = partsOf(message['content']);
  switch (message['role']) {
    case 'system':
    case 'developer':
      return { role: 'system', parts: content };
    case 'tool':
      return {
        role: 'user',
        parts: [{ kind: 'result', id: textOf(message['tool_call_id']), text: content.map(wordsOf).join('') }],
      };
    case 'assistant':
      return { role: 'assistant', parts: [...thoughtsOf(message), ...content, ...callsOf(message)] };
    default:
      return { role: 'user', parts: content };
  }
}

function wordsOf(part: Part): string {
  return part.kind === 'text' ? part.text : '';
}

function partsOf(content: unknown): Part[] {
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }];
  return listOf(content).map((part): Part => {
    switch (part['type']) {
      case 'image_url': {
        const { image_url: image } = part;
        return fileAt(typeof image === 'string' ? image : textOf(objectOf(image)['url']));
      }
      case 'file': {
        const { file_data: data, filename } = objectOf(part['file']);
        return fileAt(textOf(data), typeof filename === 'string' ? filename : undefined);
      }
      case 'document_url':
        return fileAt(textOf(part['document_url']));
      case 'input_audio': {
        const { data, format } = objectOf(part['input_audio']);
        return { kind: 'file', mediaType: `audio/${textOf(format)}`, base64: textOf(data) };
      }
      case 'thinking': {
        const { thinking } = part;
        const text =
          typeof thinking === 'string'
            ? thinking
            : listOf(thinking)
                .map((one) => one['text'])
                .join('');
        return { kind: 'thought', text };
      }
      default:
        return { kind: 'text', text: textOf(part['text']) };
    }
  });
}

function thoughtsOf(message: Json): Part[] {
  const details = listOf(message['reasoning_details']);
  if (details.length > 0) {
    return details.map(({ text, signature }) => ({
      kind: 'thought',
      text: textOf(text),
      seal: textOf(signature),
    }));
  }
  const text = message['reasoning_content'] ?? message['reasoning'];
  return typeof text === 'string' && text !== '' ? [{ kind: 'thought', text }] : [];
}

function callsOf(message: Json): Part[] {
  return listOf(message['tool_calls']).map((call) => {
    const { name, arguments: args } = objectOf(call['function']);
    return { kind: 'call', id: textOf(call['id']), name: textOf(name), arguments: textOf(args) };
  });
}
