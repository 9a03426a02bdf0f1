// `npm run bench -- neighbour`: what one tenant's reads cost another one's routed calls.
import { drawRead } from './neighbour-reads.ts';
import { machineName, percentile } from './report.ts';
import { runLoad, type LoadResult } from './route-load.ts';
import { routeMutation, routeVariables, startStage, type Stage } from './route-stage.ts';
import { createNumbers } from '../test/support/seeded-numbers.ts';

const readersAtOnce = 40;
const callsAtOnce = 4;
const recordedCalls = 2_000;
const warmUpMs = 3_000;
const measuredMs = 10_000;
/** The promise: how many times its quiet 99th percentile another tenant's `route` may take. */
const promisedRatio = 5;

/** Measures `route` of one tenant, alone and beside forty reads of another's VIEWER; false when the promise is not kept. */
export async function benchNeighbour(): Promise<boolean> {
  await using stage = await startStage();
  const [noisy, quiet] = [await createTenant(stage, 'noisy'), await createTenant(stage, 'quiet')];
  let degraded = 0;
  const routeAs = async (key: string) => {
    const answer = await stage.ask(routeMutation, routeVariables, key);
    if (/"degraded":\["/.test(answer)) degraded += 1;
    return answer.includes('"__typename":"RouteSuccess"');
  };
  let left = recordedCalls;
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      while ((left -= 1) >= 0) await routeAs(noisy.agent);
    }),
  );
  const route = () => routeAs(quiet.agent);
  await runLoad(route, callsAtOnce, warmUpMs);
  const before = await runLoad(route, callsAtOnce, measuredMs);
  degraded = 0;
  const reading = startReaders(stage, noisy.viewer);
  await runLoad(route, callsAtOnce, warmUpMs);
  const beside = await runLoad(route, callsAtOnce, measuredMs);
  const reads = await reading.stop();
  return tell({ before, beside, reads, degraded, database: stage.database });
}

async function createTenant(stage: Stage, slug: string) {
  const field = async <T>(name: string, query: string, variables: object): Promise<T> =>
    (JSON.parse(await stage.ask(query, variables)) as { data: Record<string, T> }).data[name]!;
  const { tenant } = await field<{ tenant: { id: string } }>(
    'createTenant',
    'mutation ($input: CreateTenantInput!) { createTenant(input: $input) { ... on CreateTenantPayload { tenant { id } } } }',
    { input: { slug, name: slug } },
  );
  const issue = async (role: string) => {
    const query =
      'mutation ($input: IssueApiKeyInput!) { issueApiKey(input: $input) { ... on IssueApiKeyPayload { secret } } }';
    const input = { tenantId: tenant.id, roles: [role] };
    return (await field<{ secret: string }>('issueApiKey', query, { input })).secret;
  };
  return { agent: await issue('AGENT'), viewer: await issue('VIEWER') };
}

function startReaders(stage: Stage, key: string) {
  const draw = createNumbers(4711);
  let isOver = false;
  const counts = { answered: 0, limited: 0 };
  const read = async () => {
    while (!isOver) {
      const answer = await stage.ask(drawRead(draw), {}, key);
      counts.answered += 1;
      if (answer.includes('RATE_LIMITED')) counts.limited += 1;
    }
  };
  const all = Promise.all(Array.from({ length: readersAtOnce }, read));
  return {
    async stop() {
      isOver = true;
      await all;
      return counts;
    },
  };
}

function tell(found: {
  readonly before: LoadResult;
  readonly beside: LoadResult;
  readonly reads: { readonly answered: number; readonly limited: number };
  readonly degraded: number;
  readonly database: string;
}): boolean {
  const { before, beside, reads, degraded, database } = found;
  const [alone, together] = [statsOf(before), statsOf(beside)];
  const ratio = together['p99 ms'] / alone['p99 ms'];
  console.log(
    `route beside ${readersAtOnce} reads of another tenant at once, on ${database}\n${machineName()}\n`,
  );
  console.table({ alone, beside: together });
  console.log(
    `reads answered: ${reads.answered}, of them limited: ${reads.limited}; degraded calls: ${degraded}`,
  );
  const kept = ratio < promisedRatio && degraded === 0 && before.failures + beside.failures === 0;
  console.log(`p99 ${ratio.toFixed(1)} times; promised ${promisedRatio}: ${kept ? 'kept' : 'NOT KEPT'}`);
  return kept;
}

function statsOf({ latenciesMs, elapsedMs, failures }: LoadResult) {
  const ascending = latenciesMs.toSorted((a, b) => a - b);
  const at = (share: number) => Number(percentile(ascending, share).toPrecision(3));
  return {
    'calls/s': Math.round(latenciesMs.length / (elapsedMs / 1000)),
    'p50 ms': at(0.5),
    'p99 ms': at(0.99),
    failures,
  };
}
