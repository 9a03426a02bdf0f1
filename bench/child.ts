import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** What a process of a benchmark does when it is asked, by name. Arguments and answers are copied between processes. */
export type Offer = Readonly<Record<string, (argument: never) => unknown>>;

/** A process of a benchmark, as the one that started it speaks with it. */
export interface Child<Offered extends Offer> {
  /** Rejects with what went wrong there, and when the process ends instead of answering. */
  ask<Name extends keyof Offered & string>(
    name: Name,
    ...argument: Parameters<Offered[Name]>
  ): Promise<Awaited<ReturnType<Offered[Name]>>>;
}

interface Question {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly fault?: string;
}

/** Starts a file of this folder as a process, which ends with the stack. It may collect its garbage on demand. */
export function startChild<Offered extends Offer>(
  file: string,
  environment: Readonly<Record<string, string>>,
  stack: AsyncDisposableStack,
): Child<Offered> {
  const child = fork(join(import.meta.dirname, file), {
    env: { ...process.env, ...environment },
    execArgv: ['--expose-gc'],
    serialization: 'advanced',
  });
  const asked = new Map<number, PromiseWithResolvers<unknown>>();
  let lastId = 0;
  const exited = once(child, 'exit');
  child.on('message', ({ id, value, fault }: Answer) => {
    const question = asked.get(id);
    asked.delete(id);
    if (fault === undefined) question?.resolve(value);
    else question?.reject(new Error(`${file}: ${fault}`));
  });
  child.once('exit', (code) => {
    for (const { reject } of asked.values()) reject(new Error(`${file} ended with code ${code}`));
  });
  stack.defer(async () => {
    if (child.connected) child.disconnect();
    await exited;
  });
  return {
    async ask(name, ...[argument]) {
      const question: Question = { id: (lastId += 1), name, argument };
      const answer = Promise.withResolvers<unknown>();
      asked.set(question.id, answer);
      child.send(question);
      return (await answer.promise) as never;
    },
  };
}

/** Answers the process that has started this one; the stack is disposed of when that lets go. */
export function answerParent(offer: Offer, stack: AsyncDisposableStack): void {
  async function answer({ id, name, argument }: Question): Promise<void> {
    const told: Answer = await Promise.resolve()
      .then(() => offer[name]?.(argument as never))
      .then((value) => ({ id, value }))
      .catch((error: unknown) => ({ id, fault: error instanceof Error ? error.message : String(error) }));
    process.send?.(told);
  }
  process.on('message', (question: Question) => void answer(question));
  process.once('disconnect', () => void stack.disposeAsync());
}

/** A clock that all processes of a machine share, milliseconds. */
export function sharedMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Processor time of this process so far, milliseconds. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
