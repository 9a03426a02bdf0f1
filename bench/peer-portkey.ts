import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const VERSION = '1.15.2';
const READY_MS = 20_000;

/** A gateway of others, in a process of its own. */
export interface Peer extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  readonly origin: string;
  /** What it is told with each request. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Installs Portkey's gateway from the registry into a folder of its own, unless it is there, and starts it. */
export async function startPortkey(provider: string): Promise<Peer> {
  const folder = join(tmpdir(), `switchyard-peer-portkey-${VERSION}`);
  const script = join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js');
  if (!existsSync(script)) {
    await mkdir(folder, { recursive: true });
    const args = ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund'];
    await promisify(execFile)('npm', [...args, `@portkey-ai/gateway@${VERSION}`]);
  }
  const port = await freePort();
  const environment = { ...process.env, NODE_ENV: 'production' };
  const child = spawn(process.execPath, [script, `--port=${port}`, '--headless'], {
    ...{ cwd: folder, env: environment, stdio: 'ignore' },
  });
  const exited = once(child, 'exit');
  await listening(port);
  return {
    name: `portkey ${VERSION}`,
    pid: child.pid ?? 0,
    origin: `http://127.0.0.1:${port}`,
    fields: {
      authorization: 'Bearer any',
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `${provider}/v1`,
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function listening(port: number): Promise<void> {
  const untilMs = performance.now() + READY_MS;
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch (error) {
      if (performance.now() > untilMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    } finally {
      socket.destroy();
    }
  }
}
