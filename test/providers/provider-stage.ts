import { expect } from 'vitest';
import type { Message, Tool } from '../../src/providers/message.ts';
import type { Adapter, Provider, ProviderFactory, ProviderResult } from '../../src/providers/provider.ts';
import { startScriptedProvider, type ScriptedProvider } from '../support/providers/scripted-provider.ts';
import { answerOf, createTestFactory, question } from '../support/providers/provider-calls.ts';

/** A scripted provider over real HTTP, and the adapters that call it. Its end fails when one logged an error. */
export interface ProviderStage extends AsyncDisposable {
  readonly server: ScriptedProvider;
  readonly factory: ProviderFactory;
  /** What was logged as errors; a test that expects some takes them out. */
  readonly errors: ReturnType<typeof createTestFactory>['errors'];
  /** The provider `them`, in this dialect and with the key `k`. */
  provider(adapter?: Adapter): Promise<Provider>;
  /** What the last request asked for; empty before the first. */
  lastBody(): Readonly<Record<string, unknown>>;
}

/** Opens one for one test. */
export async function openProviderStage(): Promise<ProviderStage> {
  const server = await startScriptedProvider();
  const { factory, errors } = createTestFactory();
  return {
    ...{ server, factory, errors },
    provider: (adapter = 'openai-compatible') =>
      factory.provider({ slug: 'them', adapter, baseUrl: server.baseUrl, credential: 'k' }),
    lastBody: () => server.requests.at(-1)?.body ?? {},
    async [Symbol.asyncDispose]() {
      await factory[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      expect(errors).toEqual([]);
    },
  };
}

/** A tool that models may call. */
export const weather: Tool = {
  name: 'weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
};

/** The conversation after the tools that a result calls, all of them `weather`, were carried out. */
export function continued(result: ProviderResult): Message[] {
  const { text, toolCalls } = answerOf(result);
  if (toolCalls.length === 0) throw new Error('expected a tool call');
  return [
    ...question().messages,
    { role: 'assistant', text, toolCalls },
    ...toolCalls.map(
      ({ id, name }) => ({ role: 'tool', toolCallId: id, toolName: name, text: 'snow' }) as const,
    ),
  ];
}
