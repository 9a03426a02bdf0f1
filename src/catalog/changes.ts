import type { JsonObject, JsonValue } from '../system/json.ts';

/** What a revision changed of a row: the changed fields alone, before and after. `before` is null for a new row. */
export interface RowChange {
  readonly before: JsonObject | null;
  readonly after: JsonObject;
}

/** The fields in which two states of a row differ, or undefined when they do not. Rows hold JSON values only. */
export function changeOf<Row extends object>(before: Row | null, after: Row): RowChange | undefined {
  if (before === null) return { before: null, after: after as unknown as JsonObject };
  const formerly: Record<string, JsonValue> = {};
  const now: Record<string, JsonValue> = {};
  for (const name of Object.keys(after)) {
    const [was, is] = [before[name as keyof Row], after[name as keyof Row]];
    if (JSON.stringify(was) === JSON.stringify(is)) continue;
    formerly[name] = was as JsonValue;
    now[name] = is as JsonValue;
  }
  return Object.keys(now).length === 0 ? undefined : { before: formerly, after: now };
}
