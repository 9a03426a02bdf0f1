import type { GuardedCall } from '../../calls/guarded-call.ts';
import type { Execution } from './execution.ts';
import { walkPlan, type ExecutionOrder, type WalkDependencies } from './walk-plan.service.ts';

/** Walks a plan until a model answers or nothing is left. Never changes its ranking; never rejects. */
export type Executor = (order: ExecutionOrder) => Promise<Execution>;

/** What the executor stands on. */
export interface ExecutorDependencies extends WalkDependencies {
  readonly guardedCall: GuardedCall;
}

/** Makes the executor of calls whose answer comes as a whole. */
export function createExecutor(dependencies: ExecutorDependencies): Executor {
  return (order) => walkPlan(order, dependencies.guardedCall, dependencies);
}
