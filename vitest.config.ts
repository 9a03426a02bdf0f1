import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    // Otherwise a second copy of graphql is loaded, whose types are not those of the schema under test.
    alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }],
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    testTimeout: 20_000,
    // A suite's embedded database takes a second to open, many of them at once on a small machine several.
    hookTimeout: 60_000,
  },
});
