// `npm run bench -- scale`: what a call costs in processor time as the catalog grows, by models that no call of the
// tenant may choose and by models of which every call may choose any.
import { machineName } from './report.ts';
import { runCalls } from './route-load.ts';
import { startStage, type Stage } from './route-stage.ts';

const inFlight = 32;
/** Models beside the one that always answers. */
const sizes = [10, 100, 1000] as const;
const warmUpCalls = 3000;
const measuredCalls = 1500;
const rounds = 5;
/** The promise: how much more a call may take with the most models than with the fewest. */
const promisedGrowth = 0.2;

/** Below the threshold of the tenant's policy, or as good as any. */
const kinds = { rejected: 0, eligible: 0.9 } as const;

type Kind = keyof typeof kinds;

/** Microseconds of processor time a call. */
interface Cost {
  readonly switchyard: number;
  readonly postgres: number;
}

/** Measures routed calls over catalogs of several sizes; false when those of rejected models cost more than promised. */
export async function benchScale(): Promise<boolean> {
  console.log(`scale: ${inFlight} in flight, µs of processor time a call\n${machineName()}\n`);
  const rejected = await benchKind('rejected');
  await benchKind('eligible');
  return rejected <= promisedGrowth;
}

/** By which part of the first size's cost that of the last one is more. */
async function benchKind(kind: Kind): Promise<number> {
  // Probing a thousand models is work of its own, which no call waits for.
  await using stage = await startStage({ settings: { SWITCHYARD_PROBES: 'off' } });
  const table: Record<string, Record<string, number>> = {};
  const totals: number[] = [];
  let known = 0;
  for (const size of sizes) {
    await teachModels(stage, kind, known, size);
    known = size;
    const cost = await measure(stage);
    totals.push(cost.switchyard + cost.postgres);
    table[`${size} ${kind}`] = {
      switchyard: Math.round(cost.switchyard),
      postgres: Math.round(cost.postgres),
    };
  }
  const growth = (totals.at(-1) ?? 0) / (totals[0] ?? 1) - 1;
  console.table(table);
  console.log(`${sizes.at(-1)} instead of ${sizes[0]} ${kind}: ${(growth * 100).toFixed(0)} % more\n`);
  return growth;
}

/** The median of several rounds. */
async function measure(stage: Stage): Promise<Cost> {
  await runCalls(stage.routedCall, inFlight, warmUpCalls);
  const costs: Cost[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const before = await stage.cpuMs();
    const failed = await runCalls(stage.routedCall, inFlight, measuredCalls);
    if (failed > 0) throw new Error(`${failed} calls failed`);
    const after = await stage.cpuMs();
    const costOf = (party: string) => (((after[party] ?? 0) - (before[party] ?? 0)) / measuredCalls) * 1000;
    costs.push({ switchyard: costOf('switchyard'), postgres: costOf('postgres') });
  }
  return costs.sort((a, b) => a.switchyard - b.switchyard)[rounds >> 1] ?? { switchyard: 0, postgres: 0 };
}

const upsertModel = `mutation ($model: UpsertModelInput!) { upsertModel(input: $model) { __typename ... on InvalidInput { message } } }`;

/** Puts the models from one number up to another into the catalog, their prices far apart. */
async function teachModels({ ask }: Stage, kind: Kind, from: number, to: number): Promise<void> {
  for (let index = from; index < to; index += 1) {
    const answer = await ask(upsertModel, {
      model: {
        providerSlug: 'bench',
        modelSlug: `more-${String(index).padStart(4, '0')}`,
        contextWindowTokens: 100_000,
        maxOutputTokens: 8000,
        inputUsdPerMillionTokens: 1 + ((index * 7919) % 1000) / 10,
        outputUsdPerMillionTokens: 2 + ((index * 7919) % 1000),
        complianceScore: kinds[kind],
        capabilities: ['STREAMING', 'TOOLS'],
      },
    });
    if (!answer.includes('UpsertModelPayload')) throw new Error(`The model was not taken: ${answer}`);
  }
}
