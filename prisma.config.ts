import { fileURLToPath } from 'node:url';
import { defineConfig } from 'prisma/config';

// `prisma generate` looks for a native schema engine although it never runs it, and would download one.
// Any existing file satisfies it, so a fresh machine needs no download host. Authoring migrations sets the
// variable to prisma/engine/schema-engine.mjs, which works over the engine's WebAssembly build.
process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= fileURLToPath(import.meta.url);

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  ...(process.env['DATABASE_URL'] === undefined ? {} : { datasource: { url: process.env['DATABASE_URL'] } }),
});
