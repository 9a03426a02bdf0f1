import type { ReplicatedState } from '../fleet/replication.ts';
import { liftCoolDowns } from './cool-down.ts';
import { liftedAtMs, replaceRemote } from './hard-down.ts';
import { minuteOf, modelOf, type LimitBoard } from './board-entries.ts';
import { mergeModel, modelPart } from './model-row.ts';
import { scopeOf, scopePart } from './scope-row.ts';
import { mergeUses, usesPart } from './use-row.ts';

/** What of a board the instances of a fleet share. */
export interface ReplicatedBoard {
  /** By provider: what was used of what an operator has configured. */
  readonly minutes: ReplicatedState;
  /** By model: cool-downs and what responses advertised. */
  readonly models: ReplicatedState;
  /** By scope: what is down, and what was found well again. */
  readonly scopes: ReplicatedState;
}

/** Everything counts here, known or not: a model may be called for the first time when it already cools. */
export function replicateBoard(board: LimitBoard): ReplicatedBoard {
  const { minutes, models, hardDowns } = board;
  const isInUse = (): boolean => true;
  return {
    minutes: {
      ...{ kind: 'provider-minute', names: () => minutes.keys(), isInUse },
      localPart(slug, now) {
        const minute = minutes.get(slug);
        return minute === undefined ? null : usesPart(minute.window, now);
      },
      merge(slug, parts, now) {
        const minute = minuteOf(board, slug);
        mergeUses(minute.window, parts, now);
        minute.measured = null;
      },
    },
    models: {
      ...{ kind: 'model', names: () => models.keys(), isInUse },
      localPart(key, now) {
        const model = models.get(key);
        return model === undefined ? null : modelPart(model, now);
      },
      merge: (key, parts, now) => mergeModel(modelOf(board, key), parts, liftedAtMs(hardDowns, key), now),
    },
    scopes: {
      ...{ kind: 'scope', names: () => hardDowns.local.keys(), isInUse },
      localPart(name, now) {
        const known = hardDowns.local.get(name);
        return known === undefined ? null : scopePart(known, now);
      },
      merge(name, parts, now) {
        replaceRemote(
          hardDowns,
          name,
          parts.map((part) => scopeOf(part, now)),
        );
        const model = board.models.get(name);
        if (model !== undefined) liftCoolDowns(model.cooling, liftedAtMs(hardDowns, name));
      },
    },
  };
}
