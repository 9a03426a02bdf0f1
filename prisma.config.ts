import { fileURLToPath } from 'node:url';
import { defineConfig } from 'prisma/config';

// Every `prisma` command looks for a native schema engine, even `generate`, which never runs it, and would
// download one. Ours works over the engine's WebAssembly build, so a fresh machine needs no download host.
const engine = new URL('prisma/engine/schema-engine.ts', import.meta.url);
process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= fileURLToPath(engine);

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  ...(process.env['DATABASE_URL'] === undefined ? {} : { datasource: { url: process.env['DATABASE_URL'] } }),
});
