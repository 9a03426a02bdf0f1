import { modelKey } from '../../src/providers/model-key.ts';
import type { Draws } from './draws.ts';
import type { Incident, WorldModel } from './world.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/**
 * What goes wrong in so much time, as status pages tell of it: in a day each model is slow twice for a quarter of an
 * hour to an hour; of each provider everything fails or hangs once for minutes, and single models fail in part; some
 * take few calls for an hour; and prices change four times, for good.
 */
export function troublesOf(
  models: readonly Omit<WorldModel, 'key'>[],
  durationMs: number,
  draws: Draws,
): Incident[] {
  const days = durationMs / (24 * HOUR_MS);
  let drawn = 0;
  const between = (least: number, most: number) => least + (most - least) * draws.uniform((drawn += 1), 21);
  const span = (whom: string, leastMs: number, mostMs: number) => {
    const fromMs = between(0.02, 0.95) * durationMs;
    return { whom, fromMs, untilMs: fromMs + between(leastMs, mostMs) };
  };
  const often = (timesADay: number) => Math.max(1, Math.round(timesADay * days));
  const anyModel = () => {
    const found = models[Math.floor(between(0, models.length))]?.model;
    return found === undefined ? '' : modelKey(found.providerSlug, found.slug);
  };
  const incidents: Incident[] = [];
  for (let index = 0; index < often(40); index += 1) {
    const where = span(anyModel(), 15 * MINUTE_MS, HOUR_MS);
    incidents.push({ ...where, kind: 'slow', times: between(1.5, 5) });
  }
  for (const slug of new Set(models.map(({ model }) => model.providerSlug))) {
    if (between(0, 1) > days) continue;
    const where = span(slug, 5 * MINUTE_MS, 25 * MINUTE_MS);
    const share = between(0, 1) < 0.6 ? 1 : between(0.3, 0.7);
    incidents.push({ ...where, kind: between(0, 1) < 0.75 ? 'failing' : 'hanging', share });
  }
  for (let index = 0; index < often(10); index += 1) {
    const where = span(anyModel(), 5 * MINUTE_MS, 30 * MINUTE_MS);
    incidents.push({ ...where, kind: 'failing', share: between(0.1, 0.5) });
  }
  for (let index = 0; index < often(6); index += 1) {
    incidents.push({ ...span(anyModel(), HOUR_MS / 2, HOUR_MS), kind: 'limited', perMinute: between(5, 20) });
  }
  for (let index = 0; index < often(4); index += 1) {
    const where = { ...span(anyModel(), 0, 0), untilMs: Infinity };
    incidents.push({ ...where, kind: 'price', times: index % 2 === 0 ? 0.5 : 1.8 });
  }
  return incidents;
}
