import type {
  Adapter,
  AskingTraits,
  ProviderRequest,
  ProviderResult,
} from '../../../src/providers/provider.ts';
import { adapters } from '../../../src/providers/provider.ts';
import type { Tool } from '../../../src/providers/message.ts';
import { dialectAnswers } from '../../support/providers/dialect-answers.ts';
import { nobodyLeaves, question } from '../../support/providers/provider-calls.ts';
import { weather, type ProviderStage } from '../provider-stage.ts';

/** The adapters that are called through the SDK. */
export type SdkAdapter = Exclude<Adapter, 'simulated'>;
/** All but Vertex, whose token comes from Google alone: its own test asks it. It is worded as Google is. */
export const sdkAdapters = adapters.filter(
  (adapter): adapter is SdkAdapter => adapter !== 'simulated' && adapter !== 'google-vertex',
);

/** A model of which the catalog tells nothing. */
export const untoldTraits: AskingTraits = { efforts: null, samplingLocked: false, maxTokensParameter: null };

/** A tool whose schema strict modes take. */
export const closedWeather: Tool = {
  name: 'weather',
  parameters: { ...weather.parameters, required: ['city'], additionalProperties: false },
};

/** What became of a question. */
export interface Asked {
  readonly result: ProviderResult;
  /** What was sent; empty: nothing was. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly notices: readonly string[];
}

const converse = {
  output: { message: { role: 'assistant', content: [{ text: 'Hello.' }] } },
  ...{ stopReason: 'end_turn', usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 } },
};

const cohere = {
  message: { role: 'assistant', content: [{ type: 'text', text: 'Hello.' }] },
  ...{ finish_reason: 'COMPLETE', usage: { tokens: { input_tokens: 1, output_tokens: 1 } } },
};

/** What the provider of an adapter says. */
function answerTo(adapter: Adapter): unknown {
  if (adapter === 'amazon-bedrock') return converse;
  if (adapter === 'cohere') return cohere;
  const spoken = adapter === 'azure' || adapter === 'xai' ? 'openai' : adapter;
  const dialect = spoken in dialectAnswers ? (spoken as keyof typeof dialectAnswers) : 'openai-compatible';
  return dialectAnswers[dialect].whole('Hello.', { input: 1, output: 1 });
}

/** Asks a question through an adapter; its answer is always the same. */
export async function ask(
  stage: ProviderStage,
  adapter: Adapter,
  changes: Partial<ProviderRequest>,
): Promise<Asked> {
  const sent = stage.server.requests.length;
  stage.server.next({ body: answerTo(adapter) });
  const result = await (await stage.provider(adapter)).call(question(changes), nobodyLeaves());
  const body = stage.server.requests.length > sent ? stage.lastBody() : {};
  return { result, body, notices: result.notices ?? [] };
}
