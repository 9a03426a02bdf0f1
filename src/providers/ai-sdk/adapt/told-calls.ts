import type { Message } from '../../message.ts';
import type { ProviderRequest } from '../../provider.ts';

/**
 * A conversation for a provider that takes calls of tools and their results only beside tools: where there are none, or
 * none may be called, the SDK would leave them out, so they are told as texts.
 */
export function tellCalls(
  { messages, tools, toolChoice }: ProviderRequest,
  callsNeedTools: boolean,
): { readonly messages: readonly Message[]; readonly notices: readonly string[] } {
  const hasTools = tools.length > 0 && toolChoice?.mode !== 'none';
  if (!callsNeedTools || hasTools || !messages.some(isOfTools)) return { messages, notices: [] };
  return { messages: messages.map(asText), notices: [notice] };
}

const notice =
  'The calls of tools and their results were told as texts: the provider takes them only beside tools that may be called.';

function isOfTools(message: Message): boolean {
  return message.role === 'tool' || (message.role === 'assistant' && message.toolCalls.length > 0);
}

function asText(message: Message): Message {
  if (!isOfTools(message)) return message;
  const kept = message.cacheBreakpoint === true ? ({ cacheBreakpoint: true } as const) : {};
  if (message.role === 'tool') {
    return { role: 'user', parts: [{ type: 'text', text: marked('result', message) }], ...kept };
  }
  if (message.role !== 'assistant') return message;
  const calls = message.toolCalls.map(({ name, arguments: text }) =>
    marked('call', { toolName: name, text }),
  );
  const texts = message.text.trim() === '' ? calls : [message.text, ...calls];
  return { role: 'assistant', text: texts.join('\n'), toolCalls: [], ...kept };
}

function marked(
  what: 'call' | 'result',
  { toolName, text }: { readonly toolName: string; readonly text: string },
): string {
  return `<tool_${what} name=${JSON.stringify(toolName)}>\n${text}\n</tool_${what}>`;
}
