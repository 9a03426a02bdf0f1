/** A benchmark: prints what it measured and says whether every limit was kept. */
type Bench = () => boolean | Promise<boolean>;

// Loaded on demand: a benchmark of pure code should not wait for a database.
const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  breakers: async () => (await import('./breakers.ts')).benchBreakers,
  budget: async () => (await import('./budget.ts')).benchBudget,
  bulkhead: async () => (await import('./bulkhead.ts')).benchBulkhead,
  day: async () => (await import('./day.ts')).benchDay,
  fanout: async () => (await import('./fanout.ts')).benchFanout,
  'first-token': async () => (await import('./first-token.ts')).benchFirstToken,
  health: async () => (await import('./health.ts')).benchHealth,
  ledger: async () => (await import('./ledger.ts')).benchLedger,
  neighbour: async () => (await import('./neighbour.ts')).benchNeighbour,
  peers: async () => (await import('./peers.ts')).benchPeers,
  plan: async () => (await import('./plan.ts')).benchPlan,
  profile: async () => (await import('./profile.ts')).benchProfile,
  route: async () => (await import('./route.ts')).benchRoute,
  scale: async () => (await import('./scale.ts')).benchScale,
  soak: async () => (await import('./soak.ts')).benchSoak,
  streams: async () => (await import('./streams.ts')).benchStreams,
  views: async () => (await import('./views.ts')).benchViews,
};

const name = process.argv[2] ?? '';
const load = benches[name];
if (load === undefined) {
  console.error(`usage: npm run bench -- <${Object.keys(benches).join(' | ')}>`);
  process.exitCode = 2;
} else {
  const bench = await load();
  if (!(await bench())) process.exitCode = 1;
}
