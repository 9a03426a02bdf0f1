import type { ReadJwks } from './jwks.ts';

/** Bytes that an issuer's keys may take. */
export const MAX_JWKS_BYTES = 256 * 1024;

/** Over HTTP. No redirect is followed: only the address that is configured is trusted. */
export function createReadJwks(url: string): ReadJwks {
  return async (signal) => {
    const response = await fetch(url, { redirect: 'error', signal, headers: { accept: 'application/json' } });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`The keys of the issuer were answered with ${response.status}.`);
    }
    return JSON.parse(await readBounded(response)) as unknown;
  };
}

async function readBounded({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_JWKS_BYTES)
      throw new Error(`The keys of the issuer take more than ${MAX_JWKS_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
