import { mayDo, type Permission } from '../tenants/permissions.ts';
import type { Viewer } from '../tenants/viewer.ts';

/** Marks a field of which others than operators are told nothing, or that there was something; see `seesOperations`. */
export const forOperators = { extensions: { shownTo: 'readOperations' satisfies Permission } } as const;

/** Whether a caller is told what concerns operators alone, in fields that others may ask for as well. */
export function seesOperations({ roles }: Viewer): boolean {
  return mayDo(roles, 'readOperations');
}
