import { isJson } from './sound-json.ts';
import type { WireDialect } from './wire.ts';

/**
 * Vectors of whichever provider, as they came: the SDK reads nothing else of them, and megabytes of numbers are not
 * walked twice. Where each has its place told, they are put in its order.
 */
export const embeddings: WireDialect = {
  answer(value) {
    if (!isJson(value) || !Array.isArray(value['data'])) return value;
    const data: readonly unknown[] = value['data'];
    const isInOrder = data.every((each, place) => !isJson(each) || (each['index'] ?? place) === place);
    if (isInOrder) return value;
    return { ...value, data: data.toSorted((a, b) => placeOf(a) - placeOf(b)) };
  },
  event: () => undefined,
  endingOf: () => undefined,
  closing: undefined,
};

function placeOf(item: unknown): number {
  const index = isJson(item) ? item['index'] : undefined;
  return typeof index === 'number' ? index : 0;
}
