/** A benchmark: prints what it measured and says whether every limit was kept. */
type Bench = () => boolean | Promise<boolean>;

// Loaded on demand: a benchmark of pure code should not wait for a database.
const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  breakers: async () => (await import('./breakers.ts')).benchBreakers,
  fanout: async () => (await import('./fanout.ts')).benchFanout,
  ledger: async () => (await import('./ledger.ts')).benchLedger,
  plan: async () => (await import('./plan.ts')).benchPlan,
  route: async () => (await import('./route.ts')).benchRoute,
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
