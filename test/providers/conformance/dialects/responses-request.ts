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

/** A request of Responses (https://platform.openai.com/docs/api-reference/responses/create). */
export function readResponses({ body }: ScriptedRequest): Asked {
  const { tool_choice: choice, max_output_tokens: budget } = body;
  const format = objectOf(objectOf(body['text'])['format']);
  const effort = objectOf(body['reasoning'])['effort'];
  return {
    model: textOf(body['model']),
    turns: gathered(listOf(body['input']).map(turnOf)),
    tools: listOf(body['tools']).map(({ name, parameters, strict }) => ({
      ...{ name: textOf(name), schema: parameters, strict: strict === true },
    })),
    ...(choice !== undefined && {
      toolChoice: typeof choice === 'string' ? choice : textOf(objectOf(choice)['name']),
    }),
    ...(format['type'] === 'json_schema' && {
      schema: { schema: format['schema'], strict: format['strict'] === true },
    }),
    ...(budget !== undefined && { budget: ['max_output_tokens', Number(budget)] as const }),
    sampling: present(body, { temperature: 'temperature', top_p: 'topP' }),
    stops: [],
    ...(typeof effort === 'string' && { effort }),
  };
}

/** What the assistant said stands in items, one after the other. */
function gathered(turns: readonly Turn[]): Turn[] {
  const together: Turn[] = [];
  for (const turn of turns) {
    const last = together.at(-1);
    const isOne = last?.role === turn.role && turn.role === 'assistant';
    if (isOne) together.splice(-1, 1, { role: turn.role, parts: [...last.parts, ...turn.parts] });
    else together.push(turn);
  }
  return together;
}

function turnOf(item: Json): Turn {
  switch (item['type']) {
    case 'function_call': {
      const { call_id: id, name, arguments: args } = item;
      const call = { kind: 'call', id: textOf(id), name: textOf(name), arguments: textOf(args) } as const;
      return { role: 'assistant', parts: [call] };
    }
    case 'function_call_output': {
      const { call_id: id, output } = item;
      const text =
        typeof output === 'string'
          ? output
          : listOf(output)
              .map((part) => part['text'])
              .join('');
      return { role: 'user', parts: [{ kind: 'result', id: textOf(id), text }] };
    }
    case 'reasoning': {
      const text = listOf(item['summary'])
        .map((part) => part['text'])
        .join('');
      const seal = item['encrypted_content'];
      const sealed = typeof seal === 'string' ? { seal } : {};
      return { role: 'assistant', parts: [{ kind: 'thought', text, ...sealed }] };
    }
    default: {
      const { role, content } = item;
      const parts = typeof content === 'string' ? [textPart(content)] : listOf(content).map(partOf);
      if (role === 'assistant' || role === 'user') return { role, parts };
      return { role: 'system', parts };
    }
  }
}

function partOf(part: Json): Part {
  switch (part['type']) {
    case 'input_image':
      return fileAt(textOf(part['image_url']));
    case 'input_file': {
      const { file_data: data, file_url: url, filename, mime_type: mediaType } = part;
      // xAI takes the media type beside the bytes.
      const bytes = mediaType === undefined ? data : `data:${textOf(mediaType)};base64,${textOf(data)}`;
      return fileAt(textOf(bytes ?? url), typeof filename === 'string' ? filename : undefined);
    }
    default:
      return textPart(textOf(part['text']));
  }
}

function textPart(text: string): Part {
  return { kind: 'text', text };
}
