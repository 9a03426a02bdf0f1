import { catalogModel } from './catalog.ts';
import type { WorldModel } from './world.ts';

const line = (
  providerSlug: string,
  slug: string,
  usd: readonly [input: number, output: number],
  quality: number,
  speed: readonly [firstTokenMs: number, msPerToken: number],
  usualTimes: number,
): Omit<WorldModel, 'key'> => ({
  usualTimes,
  model: catalogModel([providerSlug, slug], usd, quality, speed),
});

/**
 * Twenty models as a catalog of today may have them: dear and good, cheap and quick, one set of open weights at three
 * hosts, one provider on fast hardware. The last number is how long their answers really take, in what the catalog
 * expects: a catalog is never right about speed for long.
 */
export const twentyModels: readonly Omit<WorldModel, 'key'>[] = [
  line('atlas', 'large', [3, 12], 0.89, [900, 12], 0.6),
  line('atlas', 'medium', [0.8, 3.2], 0.83, [600, 8], 1),
  line('atlas', 'small', [0.1, 0.4], 0.7, [300, 4], 0.9),
  line('delta', 'one', [1, 4], 0.84, [700, 10], 0.7),
  line('delta', 'two', [0.2, 0.8], 0.76, [500, 7], 1.6),
  line('ember', 'fast', [0.6, 2.4], 0.78, [200, 2], 1),
  line('ember', 'turbo', [1.2, 4.8], 0.84, [250, 2.5], 1.3),
  line('host-a', 'open-70b', [0.9, 0.9], 0.82, [600, 9], 1.2),
  line('host-a', 'open-8b', [0.1, 0.1], 0.66, [250, 4], 1),
  line('host-b', 'open-70b', [0.7, 0.7], 0.82, [800, 14], 0.8),
  line('host-c', 'open-70b', [0.6, 0.6], 0.82, [900, 18], 2),
  line('mira', 'think', [2.5, 10], 0.92, [2500, 14], 1.4),
  line('nova', 'max', [5, 25], 0.93, [1100, 16], 1.5),
  line('nova', 'mini', [0.3, 1.2], 0.79, [450, 6], 0.8),
  line('nova', 'pro', [2, 10], 0.88, [800, 11], 0.7),
  line('orion', 'base', [1.5, 6], 0.86, [700, 9], 1.8),
  line('orion', 'lite', [0.15, 0.6], 0.74, [350, 5], 1.1),
  line('orion', 'ultra', [8, 32], 0.95, [1500, 20], 1.3),
  line('quill', 'chat', [0.5, 2], 0.81, [500, 7], 2.2),
  line('quill', 'expert', [4, 16], 0.91, [1000, 14], 0.8),
];
