import { responses } from './responses.ts';
import { isJson, type Json, type Rule } from './sound-json.ts';
import type { WireDialect } from './wire.ts';

// xAI's Responses (https://docs.x.ai/developers/rest-api-reference/inference/chat) for the SDK of OpenAI's. They differ
// in how they show thinking: some models write it out, where OpenAI's only sum it up, and some do both.

/** A reasoning item with what was written out as its summary, unless it has one. */
function summedUp(item: unknown): unknown {
  if (!isJson(item) || item['type'] !== 'reasoning') return item;
  const { summary, content } = item;
  if (!Array.isArray(content) || (Array.isArray(summary) && summary.length > 0)) return item;
  const texts = (content as readonly unknown[]).flatMap((part) =>
    isJson(part) && typeof part['text'] === 'string' ? [part['text']] : [],
  );
  return { ...item, summary: [{ type: 'summary_text', text: texts.join('') }] };
}

const answer: Rule = (value) => {
  if (!isJson(value) || !Array.isArray(value['output'])) return responses.answer(value);
  return responses.answer({ ...value, output: value['output'].map(summedUp) });
};

/** The names of events that say what OpenAI's say by others. */
const otherwise: Readonly<Record<string, string>> = {
  'response.reasoning_text.delta': 'response.reasoning_summary_text.delta',
  'response.done': 'response.completed',
};

function renamed(event: Json): Json {
  const { type } = event;
  const name = typeof type === 'string' && Object.hasOwn(otherwise, type) ? otherwise[type] : undefined;
  return name === undefined ? event : { ...event, type: name };
}

export const xaiResponses: WireDialect = {
  ...responses,
  answer,
  event: (value) => responses.event(isJson(value) ? renamed(value) : value),
};
