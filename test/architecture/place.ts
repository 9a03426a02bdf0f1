/** What a file may do, as its folder or the ending of its name says. */
export type Role = 'pure' | 'store' | 'service' | 'adapter' | 'api' | 'storage' | 'rim' | 'root';

/**
 * The folders of `src`, lowest first: a file imports from its own folder and from groups before its own, never
 * from folders after it. Folders of one group do not import each other. The rooms of `routing` stand in the order
 * in which a call passes them, those of `breakers` from the rule to what keeps it; those of `edges` share one and know nothing of each other. What lies
 * beside rooms puts them together.
 */
const FOLDERS: readonly (readonly string[])[] = [
  ['system'],
  ['storage'],
  ['fleet'],
  ['events'],
  ['audit'],
  ['providers'],
  ['policies'],
  ['catalog'],
  ['tenants'],
  ['breakers/rule'],
  ['breakers/table'],
  ['breakers/board'],
  ['breakers/transitions'],
  ['breakers'],
  ['limits'],
  ['estimates'],
  ['calls'],
  ['routing/request'],
  ['routing/plan'],
  ['routing/session'],
  ['routing/act'],
  ['routing/record'],
  ['routing/once'],
  ['routing/carry'],
  ['routing/vote'],
  ['routing/stream'],
  ['routing/simulate'],
  ['routing', 'health'],
  ['edges/common'],
  ['edges/chat', 'edges/embeddings', 'edges/messages', 'edges/models', 'edges/responses'],
  ['edges'],
  ['config'],
  ['graphql'],
  ['server'],
];

/**
 * An API file belongs to the rim wherever it lies: what a capability shows may need any other. Those that are not GraphQL
 * are put together by import, in the order of their folders.
 */
const API_RANK = FOLDERS.length;

/** Above everything, lowest first: the composition root and its parts, the commands that run it, the process that runs those. */
const TOP = ['compose', 'app.ts', 'cli', 'main.ts'];

const RIM_FOLDERS = new Set(['config', 'graphql', 'server', 'cli']);
const ROLES_BY_ENDING: Readonly<Record<string, Role>> = {
  store: 'store',
  service: 'service',
  graphql: 'api',
  http: 'api',
};

/** Where a file stands in the house. */
export interface Place {
  /** The folder or room of `src` that has a level; empty for a file beside the folders. */
  readonly folder: string;
  /** The folder of `src` that the room is in: whose capability the file is part of. */
  readonly capability: string;
  /** Higher may import lower; null for a folder that the table does not know. */
  readonly rank: number | null;
  readonly role: Role;
}

/** The place of a file, by its path relative to `src`. */
export function placeOf(path: string): Place {
  const capability = path.includes('/') ? path.slice(0, path.indexOf('/')) : '';
  const room = path.split('/').slice(0, 2).join('/');
  const folder = FOLDERS.some((group) => group.includes(room)) ? room : capability;
  return { folder, capability, rank: rankOf(folder, path), role: roleOf(capability, path) };
}

function rankOf(folder: string, path: string): number | null {
  const top = TOP.indexOf(folder === '' ? path : folder);
  if (top >= 0) return API_RANK + 1 + top;
  const rank = FOLDERS.findIndex((group) => group.includes(folder));
  if (rank < 0) return null;
  if (roleOf(folder, path) !== 'api') return rank;
  return path.endsWith('.http.ts') ? API_RANK + rank / FOLDERS.length : API_RANK;
}

function roleOf(folder: string, path: string): Role {
  if (folder === '' || folder === 'compose') return 'root';
  if (folder === 'storage') return 'storage';
  if (RIM_FOLDERS.has(folder)) return 'rim';
  const [, ending] = path
    .slice(path.lastIndexOf('/') + 1)
    .replace(/\.ts$/, '')
    .split('.');
  return ending === undefined ? 'pure' : (ROLES_BY_ENDING[ending] ?? 'adapter');
}
