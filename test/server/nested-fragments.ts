/** How fragments of introspection stand within each other. */
export interface Nesting {
  /** Fragments, each of which repeats the next. */
  readonly levels: number;
  /** Under how many aliases each repeats it. */
  readonly aliases: number;
  /** The way from a type to types. */
  readonly way?: string;
  /** What the innermost fragment selects. */
  readonly leaf?: string;
}

/** A query of few bytes whose answer multiplies with each of its fragments. */
export function nestFragments({ levels, aliases, way = 'fields{type', leaf = 'name' }: Nesting): string {
  const ends = '}'.repeat(way.split('{').length);
  const fragments = Array.from({ length: levels }, (_, level) => {
    const repeated = Array.from(
      { length: aliases },
      (__, alias) => `a${alias}:${way}{...F${level + 1}${ends}`,
    );
    return `fragment F${level} on __Type{${repeated.join(' ')}}`;
  });
  return `{__schema{types{...F0}}} ${fragments.join(' ')} fragment F${levels} on __Type{${leaf}}`;
}
