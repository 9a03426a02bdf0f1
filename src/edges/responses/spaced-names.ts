/** The name of a function within a namespace of tools. */
export interface SpacedName {
  readonly namespace: string;
  readonly name: string;
}

/** Functions in namespaces, by the names under which models know them. */
export type SpacedNames = ReadonlyMap<string, SpacedName>;

/** What a function in a namespace is called where there are none: by every provider, and in the record. */
export function joinedName({ namespace, name }: SpacedName): string {
  return `${namespace}__${name}`;
}

/** What a called function is called in an answer to a request with these namespaces. */
export function spacedName(name: string, spaced: SpacedNames): { name: string; namespace?: string } {
  return { name, ...spaced.get(name) };
}
