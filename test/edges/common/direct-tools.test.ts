import { expect, it } from 'vitest';
import { refuseIndirect } from '../../../src/edges/common/direct-tools.ts';
import { JsonReader } from '../../../src/edges/common/json-reader.ts';
import type { JsonObject } from '../../../src/system/json.ts';

const judge = (tool: JsonObject) => () => refuseIndirect(new JsonReader(tool));

it.each<[string, JsonObject]>([
  ['defer_loading', { defer_loading: true }],
  ['allowed_callers', { allowed_callers: ['code_execution_20250825'] }],
  ['allowed_callers', { allowed_callers: [] }],
  ['allowed_callers', { allowed_callers: 'direct' }],
])('a tool that its model cannot call by itself is refused by %s: %o', (param, tool) => {
  expect(judge(tool)).toThrow(param);
});

it.each<JsonObject>([
  {},
  { defer_loading: false, allowed_callers: null },
  { allowed_callers: ['code_execution_20250825', 'direct'] },
])('a tool that its model can call is taken: %o', (tool) => {
  expect(judge(tool)).not.toThrow();
});
