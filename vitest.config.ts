import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/**
 * Where servers are killed, cut off, silenced, and attacked at length, where fleets meet breakage, and where days of
 * trouble are played. What only asks servers is a suite, and so is every attack that takes a moment.
 */
const faults = [
  'test/faults/**/*.test.ts',
  'test/e2e/fleet/*.test.ts',
  'test/estimates/{day,traffic}.test.ts',
  'test/providers/wire/{mutated-answers,stream-ends}.test.ts',
  'test/security/{amplification,edge-amplification,edge-fuzz,fuzz,hostile-provider}.test.ts',
  'test/server/unfinished-bodies.test.ts',
];

/** Each project is a command of package.json; `vitest run FILE` finds the file in whichever has it. */
export default defineConfig({
  resolve: {
    // Otherwise a second copy of graphql is loaded, whose types are not those of the schema under test.
    alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }],
  },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'suites',
          include: ['test/**/*.test.ts'],
          exclude: [...faults, 'test/clients/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'clients',
          include: ['test/clients/*.test.ts'],
          globalSetup: ['test/clients/install.ts'],
          setupFiles: ['test/clients/skip.ts'],
        },
      },
      { extends: true, test: { name: 'faults', include: faults } },
    ],
    globalSetup: ['test/support/run/global-setup.ts'],
    pool: 'forks',
    // Files share a process: half of the time went into loading the product anew for each. Nothing of a file outlives
    // it but modules, which have no effects and keep no state.
    isolate: false,
    // Two processors are enough for two files: whoever tests faults waits most of the time, and must not wait too long.
    maxWorkers: 2,
    // Only to end what hangs: tests start whole servers, many at once, and a small machine may need long for that.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
  },
});
