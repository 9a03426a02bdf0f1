import type { InputReader } from '../../system/input/reader.ts';
import { line } from '../../system/input/rules.ts';
import type { RawRouteInput } from './raw-route-input.ts';
import type { Label } from './request.ts';

const MAX_LABELS = 16;

/** What a label's name may be, when it is given and when it is asked for. */
export const labelNameRule = line(1, 64);
export const labelValueRule = line(0, 200);

/** The labels of a request; null: it has none. */
export function parseLabels(input: InputReader<RawRouteInput>): readonly Label[] | null {
  const labels = input.raw.labels ?? [];
  if (labels.length === 0) return null;
  if (labels.length > MAX_LABELS) {
    input.refuse(`must have at most ${MAX_LABELS} entries`, 'labels');
    return null;
  }
  const names = new Set<string>();
  return labels.map((label, index) => {
    const each = input.within(label, 'labels', index);
    const name = each.required('name', labelNameRule);
    if (names.has(name)) each.refuse('is the name of another label', 'name');
    names.add(name);
    return { name, value: each.required('value', labelValueRule) };
  });
}
