/** Prices in USD per million tokens; null or absent: not told. */
export interface ComparedPrices {
  readonly input: number | null;
  readonly output: number | null;
  readonly cachedInput?: number | null;
  readonly cacheWrite?: number | null;
}

/** A model of the catalog, as far as it is compared. */
export interface OurModel extends ComparedPrices {
  readonly providerSlug: string;
  readonly modelSlug: string;
  readonly contextWindowTokens: number | null;
}

/** What the price package says of the model that it takes ours for. */
export interface TheirModel extends ComparedPrices {
  /** Its own name: another one where it matched ours by a pattern. */
  readonly id: string;
  readonly contextWindowTokens: number | null;
  readonly isDeprecated: boolean;
}

/** What is looked up for a model: undefined when the package does not know the provider, null when it lacks the model. */
export type LookUp = (providerSlug: string, modelSlug: string) => TheirModel | null | undefined;

/** One thing that the catalog and the package do not say alike. */
export interface Difference {
  readonly model: string;
  readonly what: string;
  readonly catalog: string;
  readonly prices: string;
}

/** Everything that the catalog and the package do not say alike, model by model. What only one of them tells is named. */
export function differencesOf(models: readonly OurModel[], lookUp: LookUp): readonly Difference[] {
  return models.flatMap((ours) => {
    const model = `${ours.providerSlug}/${ours.modelSlug}`;
    const theirs = lookUp(ours.providerSlug, ours.modelSlug);
    const row = (what: string, catalog: string, prices: string) => ({ model, what, catalog, prices });
    if (theirs === undefined) return [row('provider', ours.providerSlug, 'not known')];
    if (theirs === null) return [row('model', ours.modelSlug, 'not known')];
    // A pattern may have taken a new model for its predecessor: whoever reads the table must see it.
    const suffix = theirs.id === ours.modelSlug ? '' : ` (as ${theirs.id})`;
    return [
      ...(theirs.isDeprecated ? [row('model', 'in use', `deprecated${suffix}`)] : []),
      ...compared
        .filter(({ of }) => (of(ours) ?? null) !== (of(theirs) ?? null))
        .map(({ what, of }) => row(what, told(of(ours)), told(of(theirs)) + suffix)),
    ];
  });
}

const compared: readonly {
  readonly what: string;
  readonly of: (model: OurModel | TheirModel) => number | null | undefined;
}[] = [
  { what: 'input', of: ({ input }) => input },
  { what: 'output', of: ({ output }) => output },
  { what: 'cached input', of: ({ cachedInput }) => cachedInput },
  { what: 'cache write', of: ({ cacheWrite }) => cacheWrite },
  { what: 'window', of: ({ contextWindowTokens }) => contextWindowTokens },
];

function told(value: number | null | undefined): string {
  return value == null ? '–' : String(value);
}

/** The differences as a table for a terminal; a sentence where there are none. */
export function tableOf(differences: readonly Difference[]): string {
  if (differences.length === 0) return 'The catalog and the price package say the same.';
  const header: Difference = { model: 'model', what: 'what', catalog: 'catalog', prices: 'price package' };
  const rows = [header, ...differences];
  const columns = (['model', 'what', 'catalog', 'prices'] as const).map((name) => ({
    name,
    width: Math.max(...rows.map((row) => row[name].length)),
  }));
  return rows
    .map((row) => columns.map(({ name, width }) => row[name].padEnd(width)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}
