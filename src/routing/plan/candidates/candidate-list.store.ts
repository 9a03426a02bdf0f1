import type { Db } from '../../../storage/database.ts';
import { fromHex, toHex } from '../../../system/digest.ts';
import { decodeCandidateList } from './candidate-list-codec.ts';
import type { CandidateList } from './candidate-list.ts';
import { decodePlanInput, listNamedIn } from '../plan-codec.ts';
import type { PlanInput } from '../plan-input.ts';

/** Lists that are kept in memory: those that were read last. A digest never comes to mean another one. */
const MAX_LISTS = 16;

const decoded = new Map<string, CandidateList>();

/**
 * Reads the lists of candidates that stored texts name. Returns, in order, what decodes each: that takes longer than all
 * else, and not everybody needs it.
 */
export async function openPlanInputs(db: Db, texts: readonly string[]): Promise<(() => PlanInput)[]> {
  const names = texts.map(listNamedIn).filter((name) => name !== null);
  const lists = await loadLists(db, new Set(names));
  return texts.map((text) => () => decodePlanInput(text, (name) => lists.get(name)));
}

async function loadLists(db: Db, names: ReadonlySet<string>): Promise<ReadonlyMap<string, CandidateList>> {
  const found = new Map<string, CandidateList>();
  const missing: string[] = [];
  for (const name of names) {
    const list = decoded.get(name);
    if (list === undefined) missing.push(name);
    else found.set(name, list);
  }
  if (missing.length === 0) return found;
  const rows = await db.candidateList.findMany({
    where: { sha256: { in: missing.map((name) => new Uint8Array(fromHex(name))) } },
  });
  for (const { sha256, candidates } of rows) {
    const [name, list] = [toHex(sha256), decodeCandidateList(candidates)];
    found.set(name, list);
    keep(name, list);
  }
  return found;
}

function keep(name: string, list: CandidateList): void {
  const [oldest] = decoded.keys();
  if (decoded.size >= MAX_LISTS && oldest !== undefined) decoded.delete(oldest);
  decoded.set(name, list);
}
