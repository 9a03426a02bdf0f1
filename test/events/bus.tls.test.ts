import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canStartRedis, createOwnRedis } from '../support/redis/own-redis.ts';
import { createRedisCluster } from '../support/redis/cluster.ts';
import { findBinary, freePort } from '../support/run/services.ts';

const openssl = findBinary('openssl', process.env);
const child = fileURLToPath(new URL('children/hear-own-word.ts', import.meta.url));

// Node reads the authorities that it trusts when it starts: whoever trusts another one is another process.
describe.skipIf(!canStartRedis || openssl === null)('the bus over TLS', () => {
  const stack = new AsyncDisposableStack();
  let authority: string;
  let tlsArguments: string[];
  let url: string;

  beforeAll(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'switchyard-tls-'));
    stack.defer(() => rmSync(directory, { recursive: true, force: true }));
    authority = join(directory, 'cert.pem');
    const key = join(directory, 'key.pem');
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
    const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    execFileSync(openssl!, [...request, ...names, '-keyout', key, '-out', authority], { stdio: 'ignore' });
    tlsArguments = ['--tls-cert-file', authority, '--tls-key-file', key];
    tlsArguments.push('--tls-ca-cert-file', authority, '--tls-auth-clients', 'no');
    const port = await freePort();
    stack.use(await createOwnRedis({ args: [...tlsArguments, '--tls-port', String(port)] }));
    url = `rediss://localhost:${port}`;
  });
  afterAll(() => stack.disposeAsync());

  /** What a process prints that trusts these authorities besides Node's own. */
  async function run(target: string, extra: Readonly<Record<string, string>>): Promise<string> {
    const env = { PATH: process.env['PATH'], ...extra };
    return (await promisify(execFile)(process.execPath, [child, target], { env })).stdout;
  }

  it('works where NODE_EXTRA_CA_CERTS names the authority of the server', async () => {
    expect(await run(url, { NODE_EXTRA_CA_CERTS: authority })).toBe('heard word\n');
  });

  it('trusts nobody else, and says so', async () => {
    expect(await run(url, {})).toMatch(/self-signed certificate/);
  });

  it('works with a cluster, whose nodes name each other by their addresses', async () => {
    await using cluster = await createRedisCluster(tlsArguments);
    expect(await run(cluster.url, { NODE_EXTRA_CA_CERTS: authority })).toBe('heard word\n');
  });
});
