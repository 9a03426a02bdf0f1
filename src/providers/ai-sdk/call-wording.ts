import type { Message } from '../message.ts';
import type { Dialect } from './dialect.ts';

/** How tool calls of a conversation, made by whatever model, are put so that a provider takes them. */
export interface CallWording {
  /** The id of a call that is made now. */
  made(id: string): string;
  /** The id of a call that a result answers: the last one that was made under this id. */
  answered(id: string): string;
}

/**
 * Ids go out as they came as far as the dialect takes them and no earlier call of the conversation has them; others
 * are numbered by their place, so that a conversation that goes on keeps them.
 */
export function createCallWording(messages: readonly Message[], { callIds }: Dialect): CallWording {
  const present = new Set<string>();
  for (const message of messages) {
    if (message.role === 'assistant') for (const { id } of message.toolCalls) present.add(id);
  }
  const used = new Set<string>();
  const current = new Map<string, string>();
  let calls = 0;
  let next = 0;

  function numbered(): string {
    // What was taken before stays so: no number is tried twice.
    for (next = Math.max(next, calls); ;) {
      const number = next++;
      const id = callIds === null ? `call_${number}` : callIds.numbered(number);
      if (!present.has(id) && !used.has(id)) return id;
    }
  }

  return {
    made(id) {
      calls += 1;
      const isTaken = callIds === null || callIds.pattern.test(id);
      const worded = isTaken && !used.has(id) ? id : numbered();
      used.add(worded);
      current.set(id, worded);
      return worded;
    },
    answered: (id) => current.get(id) ?? id,
  };
}

/** A tool's name in the alphabet that every provider takes: models call tools by names that nobody declared. */
export function wordToolName(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_-]/g, '_').slice(0, 64);
}
