import type { ScriptedRequest } from '../../../support/providers/scripted-provider.ts';
import { listOf, objectOf, present, textOf, type Asked, type Json, type Part, type Turn } from '../asked.ts';

/** A request of generateContent (https://ai.google.dev/api/generate-content). */
export function readGenerateContent({ body, path }: ScriptedRequest): Asked {
  const config = objectOf(body['generationConfig']);
  const { maxOutputTokens: budget, stopSequences: stops, responseJsonSchema, responseSchema } = config;
  const calling = objectOf(objectOf(body['toolConfig'])['functionCallingConfig']);
  const effort = effortOf(objectOf(config['thinkingConfig']));
  const schema = responseJsonSchema ?? responseSchema;
  const system = listOf(objectOf(body['systemInstruction'])['parts']).map(partOf);
  return {
    model: decodeURIComponent(/\/models\/([^:]+):/.exec(path)?.[1] ?? ''),
    turns: [
      ...(system.length === 0 ? [] : [{ role: 'system' as const, parts: system }]),
      ...listOf(body['contents']).map(turnOf),
    ],
    tools: listOf(body['tools']).flatMap((tool) =>
      listOf(tool['functionDeclarations']).map(({ name, parametersJsonSchema, parameters }) => ({
        ...{ name: textOf(name), schema: parametersJsonSchema ?? parameters },
        strict: calling['mode'] === 'VALIDATED',
      })),
    ),
    ...(calling['mode'] !== undefined && { toolChoice: choiceOf(calling) }),
    ...(schema !== undefined && { schema: { schema, strict: true } }),
    ...(budget !== undefined && { budget: ['maxOutputTokens', Number(budget)] as const }),
    sampling: present(config, {
      ...{ temperature: 'temperature', topP: 'topP', topK: 'topK', seed: 'seed' },
      ...{ presencePenalty: 'presencePenalty', frequencyPenalty: 'frequencyPenalty' },
    }),
    stops: Array.isArray(stops) ? (stops as string[]) : [],
    ...(effort !== undefined && { effort }),
  };
}

function choiceOf({ mode, allowedFunctionNames: names }: Json): string {
  if (Array.isArray(names) && names.length === 1) return textOf(names[0]);
  const words: Readonly<Record<string, string>> = { ANY: 'required', NONE: 'none' };
  return words[textOf(mode)] ?? 'auto';
}

function effortOf({ thinkingLevel, thinkingBudget }: Json): string | number | undefined {
  if (typeof thinkingBudget === 'number') return thinkingBudget;
  return typeof thinkingLevel === 'string' ? thinkingLevel.toLowerCase() : undefined;
}

function turnOf({ role, parts }: Json): Turn {
  return { role: role === 'model' ? 'assistant' : 'user', parts: listOf(parts).map(partOf) };
}

/** Calls and results belong together by their order, and by their tool's name. */
function partOf(part: Json): Part {
  const { text, thought, thoughtSignature, functionCall, functionResponse, inlineData, fileData } = part;
  const sealed = typeof thoughtSignature === 'string' ? { seal: thoughtSignature } : {};
  if (functionCall !== undefined) {
    const { id, name, args } = objectOf(functionCall);
    return {
      kind: 'call',
      id: textOf(id ?? name),
      name: textOf(name),
      arguments: JSON.stringify(args),
      ...sealed,
    };
  }
  if (functionResponse !== undefined) {
    const { id, name, response } = objectOf(functionResponse);
    const { content } = objectOf(response);
    return { kind: 'result', id: textOf(id ?? name), text: textOf(content) };
  }
  if (inlineData !== undefined) {
    const { mimeType, data } = objectOf(inlineData);
    return { kind: 'file', mediaType: textOf(mimeType), base64: textOf(data) };
  }
  if (fileData !== undefined) {
    const { mimeType, fileUri } = objectOf(fileData);
    return { kind: 'file', mediaType: textOf(mimeType), url: textOf(fileUri) };
  }
  return { kind: thought === true ? 'thought' : 'text', text: textOf(text), ...sealed };
}
