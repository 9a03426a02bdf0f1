import type { PrismaClient } from '../generated/prisma/client.ts';
import type { ReadGate } from './read-gate.ts';

/** Lookups by a unique field, which Prisma joins to one statement where they are asked for in one turn. */
const JOINED: ReadonlySet<string> = new Set(['findUnique', 'findUniqueOrThrow']);

/** The client as one holder is given it: each of its statements passes the gate. */
export function gatedClient(client: PrismaClient, gate: ReadGate, holder: string): PrismaClient {
  const joinedRun = createJoinedRun((work) => gate.run(holder, work));
  const gated = client.$extends({
    query: {
      $allOperations: ({ operation, args, query }) =>
        JOINED.has(operation) ? joinedRun(() => query(args)) : gate.run(holder, () => query(args)),
    },
  });
  // What it is extended by changes no type.
  return gated as unknown as PrismaClient;
}

/** A piece of work, and who waits for it. */
interface Joined {
  readonly start: () => Promise<void>;
  readonly refuse: (reason: unknown) => void;
}

/** Has what comes in one turn pass as one, so that it can still be joined behind the gate. */
function createJoinedRun(run: (work: () => Promise<void>) => Promise<void>) {
  let group: Joined[] | undefined;

  function openGroup(): Joined[] {
    const opened: Joined[] = [];
    // At the end of this piece of the turn.
    void Promise.resolve().then(() => {
      group = undefined;
      run(async () => void (await Promise.all(opened.map(({ start }) => start())))).catch(
        (reason: unknown) => {
          // None of them was let pass.
          for (const { refuse } of opened) refuse(reason);
        },
      );
    });
    return opened;
  }

  return <T>(work: () => Promise<T>): Promise<T> => {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    (group ??= openGroup()).push({ start: () => work().then(resolve, reject), refuse: reject });
    return promise;
  };
}
