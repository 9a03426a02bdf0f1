import { placeOf, type Place } from './place.ts';
import type { Import, Source } from './source.ts';

/** The one file that gathers every `*.graphql.ts`, whatever its folder's level. */
const SCHEMA = 'graphql/schema.ts';
const REFS = 'graphql/refs.ts';

/** Packages that only compute: no clock, randomness, timers or I/O. A pure file may use them like its own code. */
const PURE_PACKAGES = new Set(['yaml', 'zod']);

interface Edge {
  readonly path: string;
  readonly from: Place;
  readonly to: Place;
  readonly edge: Import;
}

/** Why an import is refused, or undefined when nothing is wrong with it. The first rule that objects speaks. */
export function objectionTo(source: Source, edge: Import): string | undefined {
  const from = placeOf(source.path);
  if (edge.reExport)
    return 're-exports: import a thing from the file where it lives, so that readers find it at once';
  if (!edge.internal) return objectionToModule(from, edge);
  if (edge.target.startsWith('..')) return `imports ${edge.target}, which is outside src`;
  const known: Edge = { path: source.path, from, to: placeOf(edge.target), edge };
  return objectionToApi(known) ?? objectionToDirection(known) ?? objectionToRole(known);
}

function objectionToModule(from: Place, edge: Import): string | undefined {
  if (edge.target === 'node:process' || edge.target === 'process') {
    return 'imports the process: main.ts alone reads it and passes on what others need';
  }
  if (edge.typeOnly || from.role !== 'pure' || PURE_PACKAGES.has(edge.target)) return undefined;
  return `imports ${edge.target}, but a file without a second ending is pure: name it after its role, or take what it needs as an argument`;
}

function objectionToApi({ path, edge }: Edge): string | undefined {
  if (!edge.target.endsWith('.graphql.ts') || path === SCHEMA) return undefined;
  return `imports ${edge.target}: only ${SCHEMA} gathers the API, so that nothing else depends on it`;
}

function objectionToDirection({ path, from, to, edge }: Edge): string | undefined {
  if (from.role === 'api' && edge.target === SCHEMA) return `imports ${SCHEMA}, which imports it`;
  const neighbours =
    from.folder === to.folder && from.folder !== '' && (to.role !== 'api' || from.role === 'api');
  if (path === SCHEMA || neighbours) return undefined;
  if (from.rank === null || to.rank === null) return undefined;
  if (to.rank > from.rank)
    return `imports ${edge.target} from a higher level: data flows up, dependencies point down`;
  if (to.rank === from.rank)
    return `imports ${edge.target} sideways: what both folders need belongs below them`;
  return undefined;
}

/** Folders whose services are mechanisms and carry no capability's state. */
const MECHANISMS = new Set(['fleet', 'events']);

/**
 * Mechanisms of storage, fleet and events carry no capability's state: a service makes the instances that it needs, as it
 * does those of the parts that its own capability is divided into (docs/decisions/0013).
 */
function objectionToRole({ path, from, to, edge }: Edge): string | undefined {
  if (path === REFS && to.role !== 'rim' && !(edge.typeOnly && to.role === 'pure')) {
    return `imports ${edge.target}: refs name pure types only, by import type`;
  }
  if (from.role === 'store' && to.role === 'service')
    return `imports ${edge.target}: a store knows no use case`;
  if (edge.typeOnly) return undefined;
  if (from.role === 'pure' && to.role !== 'pure') {
    return `imports ${edge.target}, which is not pure: take its result as an argument, or name its type by import type`;
  }
  const mayMake = to.capability === from.capability || MECHANISMS.has(to.folder);
  if (from.role === 'service' && to.role === 'service' && !mayMake) {
    return `imports ${edge.target}: a service names another by import type, and app.ts passes the instance`;
  }
  const ambient = to.folder === 'system' && edge.target.endsWith('.node.ts');
  if (ambient && ['store', 'service', 'api'].includes(from.role)) {
    return `imports ${edge.target}: clocks, timers and randomness are passed in, so that tests can move them`;
  }
  return undefined;
}
