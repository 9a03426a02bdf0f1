import { draftArguments } from '../../../audit/audit.store.ts';
import {
  byteaArray,
  int4Array,
  int8Array,
  instantArray,
  textArray,
  uuidArray,
} from '../../../storage/binary-array.ts';
import type { StatementArgument } from '../../../storage/repeated-statement.ts';
import type { StoredList } from '../../plan/candidates/candidate-list-codec.ts';
import { packLabels } from '../../request/label-codec.ts';
import { encodeAttempts } from '../attempt-codec.ts';
import { encodeSettlements } from '../key-settlement.ts';
import type { DecisionEnd, NewDecision, Writing } from '../writing.ts';

/** How many arguments the database's function takes. */
export const ARGUMENTS = 23;

/** What is written of one decision: its beginning, its end with the place of its draft among all, from 1, or both. */
interface Row {
  readonly id: string;
  readonly begins?: NewDecision;
  ends?: { readonly end: DecisionEnd; readonly place: number };
}

/** Lists of candidates by their digests. */
export type Lists = ReadonlyMap<string, StoredList>;

/** The lists that writings name. */
export function listsOf(writings: readonly Writing[]): Lists {
  const lists = new Map<string, StoredList>();
  for (const writing of writings) {
    if (writing.kind === 'decided' && writing.row.list !== undefined)
      lists.set(writing.row.list.sha256, writing.row.list);
  }
  return lists;
}

/**
 * Lists as `record_writings_v4` takes them: the digests of those that are stored, as far as is known, and the texts of
 * the others.
 */
export function listArguments(lists: Lists, stored: ReadonlySet<string>): StatementArgument[] {
  const known: string[] = [];
  const texts: string[] = [];
  for (const { sha256, text } of lists.values()) {
    if (stored.has(sha256)) known.push(sha256);
    else texts.push(text);
  }
  return [byteaArray(known), textArray(texts)];
}

/** Writings as it takes them: a column an argument, and one row for both halves of a call. */
export function writingArguments(writings: readonly Writing[]): StatementArgument[] {
  const settlements = writings.flatMap((writing) =>
    writing.kind === 'completed' && writing.key !== null ? [writing.key] : [],
  );
  return [
    ...draftArguments(writings.map(({ draft }) => draft)),
    ...rowArguments(toRows(writings)),
    settlements.length === 0 ? null : encodeSettlements(settlements),
  ];
}

function toRows(writings: readonly Writing[]): Row[] {
  const rows: Row[] = [];
  const begun = new Map<string, Row>();
  for (const [index, writing] of writings.entries()) {
    if (writing.kind === 'decided') {
      const row: Row = { id: writing.row.id, begins: writing.row };
      rows.push(row);
      begun.set(row.id, row);
    } else {
      const { end } = writing;
      const ends = { end, place: index + 1 };
      const row = begun.get(end.id);
      if (row === undefined || row.ends !== undefined) rows.push({ id: end.id, ends });
      else row.ends = ends;
    }
  }
  return rows;
}

function rowArguments(rows: readonly Row[]): StatementArgument[] {
  const ofBeginnings = <T>(value: (begins: NewDecision) => T) =>
    rows.map(({ begins }) => (begins === undefined ? null : value(begins)));
  const ofEnds = <T>(value: (end: DecisionEnd) => T) =>
    rows.map(({ ends }) => (ends === undefined ? null : value(ends.end)));
  return [
    uuidArray(rows.map(({ id }) => id)),
    uuidArray(ofBeginnings(({ tenantId }) => tenantId)),
    textArray(ofBeginnings(({ workflowId }) => workflowId)),
    textArray(ofBeginnings(({ labels }) => encodeLabels(labels))),
    instantArray(ofBeginnings(({ createdAt }) => createdAt)),
    instantArray(ofBeginnings(({ deadlineAt }) => deadlineAt)),
    int4Array(ofBeginnings(({ plannerVersion }) => plannerVersion)),
    textArray(ofBeginnings(({ planInput }) => planInput)),
    int4Array(rows.map(({ ends }) => ends?.place ?? null)),
    textArray(ofEnds(({ status }) => status)),
    textArray(ofEnds(({ attempts }) => encodeAttempts(attempts))),
    instantArray(ofEnds(({ completedAt }) => completedAt)),
    // Wider than its column, so that the database judges what does not fit.
    int8Array(ofEnds(({ latencyMs }) => latencyMs)),
    int8Array(ofEnds(({ costMicroUsd }) => costMicroUsd)),
    textArray(ofEnds(({ modelKey }) => modelKey)),
    textArray(ofEnds(({ degraded }) => degraded.join(','))),
  ];
}

/** A list within a column, as JSON. */
function encodeLabels(labels: NewDecision['labels']): string | null {
  const packed = packLabels(labels);
  return packed === null ? null : JSON.stringify(packed);
}
