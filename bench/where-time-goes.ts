import type { Profiler } from 'node:inspector';

/** Milliseconds of processor time by name, the largest first. */
export type Shares = readonly (readonly [name: string, ms: number])[];

/** Where the time of a CPU profile went. */
export interface WhereTimeGoes {
  /** By the package, or the folder of ours, whose code ran or had called the code of Node or V8 that ran. */
  readonly packages: Shares;
  /** By what it was done for. */
  readonly stages: Shares;
}

type Frame = Profiler.ProfileNode['callFrame'];

/** Stages by the code that they consist of, the first match counts: `src/…` of ours, or a package. */
const stages: readonly (readonly [stage: string, code: RegExp])[] = [
  ['recording', /^(src\/(audit|storage|routing\/record)\b|@prisma\/|pg\b|pg-|postgres-)/],
  ['provider call', /^(src\/providers\b|undici$|@ai-sdk\/|ai$|eventsource-parser$|zod$)/],
  ['planning', /^src\/(routing\/plan|estimates|policies|catalog)\b/],
  ['guards', /^src\/(calls|breakers|limits|fleet)\b/],
  ['routing', /^src\/(routing|events)\b/],
  ['GraphQL', /^(graphql$|@graphql-tools\/|@pothos\/|src\/graphql\b|src\/.*\.graphql$)/],
  ['edge', /^(src\/(server|edges|tenants)\b|graphql-yoga$|@graphql-yoga\/|@envelop\/|@whatwg-node\/)/],
  ['garbage collection', /^\(garbage collector\)$/],
  ['HTTP server and event loop', /^(node:|\(program\)|V8$)/],
];

/** Reads a profile; what it waited for is left out. */
export function whereTimeGoes(profile: Profiler.Profile): WhereTimeGoes {
  const selfMs = selfTimes(profile);
  const packages = new Map<string, number>();
  const byStage = new Map<string, number>();
  const visit = (node: Profiler.ProfileNode, caller: string | undefined) => {
    const own = ownerOf(node.callFrame);
    const isForeign = own.startsWith('node:') || own === 'V8';
    const owner = isForeign && caller !== undefined ? caller : own;
    const ms = selfMs.get(node.id) ?? 0;
    if (own !== '(idle)') {
      add(packages, owner, ms);
      add(byStage, stages.find(([, code]) => code.test(owner))?.[0] ?? 'rest', ms);
    }
    for (const id of node.children ?? []) visit(nodes.get(id)!, isForeign ? caller : own);
  };
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const root = profile.nodes.find(({ callFrame }) => callFrame.functionName === '(root)');
  for (const id of root?.children ?? []) visit(nodes.get(id)!, undefined);
  return { packages: largestFirst(packages), stages: largestFirst(byStage) };
}

function selfTimes({ samples = [], timeDeltas = [] }: Profiler.Profile): ReadonlyMap<number, number> {
  const selfMs = new Map<number, number>();
  // A delta is the time since the sample before: that is how long its node ran.
  samples.forEach((id, index) => {
    selfMs.set(id, (selfMs.get(id) ?? 0) + (timeDeltas[index + 1] ?? 0) / 1000);
  });
  return selfMs;
}

/** Whose code a frame is: a package, a folder of ours with the kind of file, a module of Node's, or V8's. */
function ownerOf({ url, functionName }: Frame): string {
  const dependency = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (dependency !== undefined) return dependency;
  const own = /\/(src\/.*?)\.ts$/.exec(url)?.[1];
  if (own !== undefined) return own.endsWith('.graphql') ? own : own.slice(0, own.lastIndexOf('/'));
  if (url.startsWith('node:')) return url.split('/').slice(0, 2).join('/');
  return functionName.startsWith('(') && functionName.endsWith(')') ? functionName : 'V8';
}

function add(map: Map<string, number>, name: string, ms: number): void {
  map.set(name, (map.get(name) ?? 0) + ms);
}

function largestFirst(map: ReadonlyMap<string, number>): Shares {
  return [...map].toSorted(([, one], [, other]) => other - one);
}
