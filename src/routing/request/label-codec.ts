import type { Label } from './request.ts';

/** A label as it is stored and looked for: `name=value`, where a `%` or `=` of the name is percent-encoded. */
export function packLabel({ name, value }: Label): string {
  return `${name.replaceAll('%', '%25').replaceAll('=', '%3D')}=${value}`;
}

/** The labels of a decision as they are stored; null: none. */
export function packLabels(labels: readonly Label[] = []): readonly string[] | null {
  return labels.length === 0 ? null : labels.map(packLabel);
}

/** The labels that `packLabels` packed. */
export function unpackLabels(packed: readonly string[]): readonly Label[] {
  return packed.map((text) => {
    const end = text.indexOf('=');
    const name = text.slice(0, end).replaceAll('%3D', '=').replaceAll('%25', '%');
    return { name, value: text.slice(end + 1) };
  });
}
