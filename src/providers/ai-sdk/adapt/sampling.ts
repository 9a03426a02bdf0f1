import type { Sampling } from '../../provider.ts';

/** What a provider takes of the parameters of sampling. */
export interface SamplingRange {
  readonly maxTemperature: number;
  readonly minPenalty: number;
  readonly maxPenalty: number;
}

/** The wished sampling as a model takes it, and what became of the rest. */
export function adaptSampling(
  sampling: Sampling,
  { isLocked, range }: { readonly isLocked: boolean; readonly range: SamplingRange },
): { readonly sampling: Sampling; readonly notices: readonly string[] } {
  if (isLocked) {
    const names = Object.keys(sampling);
    return { sampling: {}, notices: names.length === 0 ? [] : [noticeOf(names)] };
  }
  const notices: string[] = [];
  const within = (name: keyof Sampling, min: number, max: number): Sampling => {
    const wished = sampling[name];
    if (wished === undefined || (wished >= min && wished <= max)) return {};
    const nearest = Math.min(Math.max(wished, min), max);
    notices.push(`The ${name} ${wished} was asked as ${nearest}, the nearest that the provider takes.`);
    return { [name]: nearest };
  };
  const { maxTemperature, minPenalty, maxPenalty } = range;
  return {
    sampling: {
      ...sampling,
      ...within('temperature', 0, maxTemperature),
      ...within('presencePenalty', minPenalty, maxPenalty),
      ...within('frequencyPenalty', minPenalty, maxPenalty),
    },
    notices,
  };
}

function noticeOf(names: readonly string[]): string {
  const [verb, rest] = names.length === 1 ? ['was', 'none'] : ['were', 'none of them'];
  const listed = names.length === 1 ? names[0] : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return `The ${listed} ${verb} left out: the model takes ${rest}.`;
}
