#!/usr/bin/env node
// Stands in for the native schema engine that `prisma migrate` looks for and would download: the same protocol (JSON-RPC,
// a line a message), over the engine's WebAssembly build. For authors of migrations; a server applies them by itself.
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';
import { createAdapterFactory } from './adapters.ts';

interface RpcRequest {
  readonly id: number;
  /** Absent in the CLI's answers to what is printed. */
  readonly method?: string;
  readonly params: unknown;
}

type Engine = Record<
  string,
  (params?: unknown) => Promise<{ stdout?: string | null; exitCode?: number } | undefined>
>;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  strict: false,
  options: {
    datamodels: { type: 'string', multiple: true },
    datasource: { type: 'string' },
    version: { type: 'boolean' },
  },
});
const url =
  typeof values.datasource === 'string' ? (JSON.parse(values.datasource) as { url?: string }).url : undefined;

if (values.version === true) console.log('schema-engine-cli wasm');
else if (positionals[0] === 'cli') await runCommand(positionals[1]);
else await serve();

/** The commands that the CLI runs before it starts the protocol: whether a database is there, and making one. */
async function runCommand(command: string | undefined): Promise<void> {
  try {
    const target = new URL(url ?? '');
    if (command === 'create-database') {
      const name = decodeURIComponent(target.pathname.slice(1));
      target.pathname = '/postgres';
      await query(target.href, `CREATE DATABASE ${pg.escapeIdentifier(name)}`);
    } else await query(target.href, 'SELECT 1');
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    const fields = { message, error_code: code === '3D000' ? 'P1003' : 'P1001', is_panic: false };
    // The CLI skips the first line: the native engine says there that it starts.
    console.error('');
    console.error(JSON.stringify({ level: 'ERROR', fields, target: 'schema_engine::logger' }));
    process.exitCode = 1;
  }
}

async function query(connectionString: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

async function serve(): Promise<void> {
  const engine = await startEngine();
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, method, params } = JSON.parse(line) as RpcRequest;
    if (method === undefined) continue;
    // A panic ends the process before the call does: without an answer the CLI would report success.
    onPanic((message) => refuse(id, { is_panic: true, message, meta: null }));
    try {
      send({ id, result: await call(engine, method, params) });
    } catch (error) {
      const { message, code } = error as Error & { code?: string };
      refuse(id, { is_panic: false, message, error_code: code, meta: null });
    }
  }
  process.exit();
}

async function startEngine(): Promise<Engine> {
  const binary = fileURLToPath(import.meta.resolve('@prisma/schema-engine-wasm')).replace(
    /\.js$/,
    '_bg.wasm',
  );
  const { instance } = await WebAssembly.instantiate(await readFile(binary), {
    './schema_engine_bg.js': bindings,
  });
  bindings.__wbg_set_wasm(instance.exports);
  (instance.exports['__wbindgen_start'] as () => void)();

  const files = (values.datamodels ?? []) as string[];
  const datamodels = await Promise.all(files.map(async (file) => [file, await readFile(file, 'utf8')]));
  const options = (files.length > 0 ? { datamodels } : {}) as bindings.ConstructorOptions;
  const factory = bindMigrationAwareSqlAdapterFactory(createAdapterFactory(url));
  return (await bindings.SchemaEngine.new(options, () => {}, factory)) as unknown as Engine;
}

async function call(engine: Engine, method: string, params: unknown): Promise<unknown> {
  // Unless it has connected once, the engine does not know that it may make databases to try migrations on.
  if (method === 'createMigration') await engine['version']?.();
  const result = await engine[method === 'getDatabaseVersion' ? 'version' : method]?.(params);
  if (method !== 'diff' || result?.stdout == null) return result ?? {};
  send({ id: 0, method: 'print', params: { content: result.stdout.replace(/\n$/, '') } });
  return { exitCode: result.exitCode };
}

/** The engine reports a panic through this global. */
function onPanic(set_message: (message: string) => void): void {
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message } });
}

function refuse(id: number, data: object): void {
  send({ id, error: { code: 4466, message: 'The schema engine failed.', data } });
}

function send(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}
