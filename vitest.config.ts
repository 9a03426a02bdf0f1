import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Where servers are killed, cut off and silenced. What only asks servers is a suite. */
const faults = 'test/faults/**/*.test.ts';

/** Each project is a command of package.json; `vitest run FILE` finds the file in whichever has it. */
export default defineConfig({
  resolve: {
    // Otherwise a second copy of graphql is loaded, whose types are not those of the schema under test.
    alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }],
  },
  test: {
    projects: [
      { extends: true, test: { name: 'suites', include: ['test/**/*.test.ts'], exclude: [faults] } },
      { extends: true, test: { name: 'faults', include: [faults] } },
    ],
    globalSetup: ['test/support/run/global-setup.ts'],
    pool: 'forks',
    // Two processors are enough for two files: whoever tests faults waits most of the time, and must not wait too long.
    maxWorkers: 2,
    // Only to end what hangs: tests start whole servers, many at once, and a small machine may need long for that.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
  },
});
