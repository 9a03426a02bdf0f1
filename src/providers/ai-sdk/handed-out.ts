import type { ToolCall } from '../message.ts';

/**
 * Tool calls as callers get them, such that each can be answered: one that takes nothing has an empty object for its
 * arguments, and every id is some text that no other call of the answer has. All else stays as the model wrote it;
 * what it broke is for the caller to say.
 */
export function handOut(calls: readonly ToolCall[]): readonly ToolCall[] {
  const taken = new Set(calls.map(({ id }) => id));
  const given = new Set<string>();
  return calls.map((call, index) => {
    let id = call.id;
    for (let attempt = index + 1; id === '' || given.has(id); attempt += 1) {
      const other = `${call.id || 'call'}_${attempt}`;
      if (!taken.has(other)) id = other;
    }
    given.add(id);
    taken.add(id);
    return { ...call, id, arguments: isNone(call.arguments) ? '{}' : call.arguments };
  });
}

/** Whether arguments are none: blank, or the `null` that Cohere's models write for a tool that takes nothing. */
export function isNone(written: string): boolean {
  const text = written.trim();
  return text === '' || text === 'null';
}

/** Whether arguments that have begun so may come to none. */
export function mayBeNone(begun: string): boolean {
  return 'null'.startsWith(begun.trim());
}

/**
 * The same for the ids of calls that are handed out before the next are known: gives each call, in order, the id under
 * which it stands in the whole answer.
 */
export function createIdGiver(): (id: string) => string {
  const given = new Set<string>();
  return (id) => {
    let unique = id;
    for (let attempt = given.size + 1; unique === '' || given.has(unique); attempt += 1) {
      unique = `${id || 'call'}_${attempt}`;
    }
    given.add(unique);
    return unique;
  };
}
