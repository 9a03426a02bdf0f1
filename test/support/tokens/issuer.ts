import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';

/** How an issuer answers whoever asks for its keys. */
export type IssuerMode = 'well' | 'away' | 'silent' | 'endless' | 'redirect' | 'garbage';

/** A pair of keys that signs. */
export interface SigningKey {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly published: JWK;
}

/** An issuer of tokens with a real endpoint for its keys. */
export interface Issuer extends AsyncDisposable {
  readonly url: string;
  /** How often its keys were asked for. */
  readonly reads: () => number;
  /** What it publishes from now on. */
  publish(...keys: readonly JWK[]): void;
  behave(mode: IssuerMode): void;
  /** The environment of a server that trusts it. */
  environment(more?: Readonly<Record<string, string>>): Readonly<Record<string, string>>;
}

export const AUDIENCE = 'switchyard';
export const ISSUER = 'https://issuer.example';

/** Makes a pair of keys. */
export async function createSigningKey(kid: string, alg = 'ES256'): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, kid, privateKey, published: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** What a token says, beside what every token does. */
export interface TokenWords {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
}

/** Signs a token for an hour, for an AGENT of the tenant `default`. A claim that is null is left out. */
export function signToken(key: SigningKey, { claims = {}, header = {} }: TokenWords = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const usual = { sub: 'someone', tenant: 'default', roles: ['AGENT'], iat: now, exp: now + 3600 };
  const all = { iss: ISSUER, aud: AUDIENCE, ...usual, ...claims };
  const said = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
  return new SignJWT(said)
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT', ...header })
    .sign(key.privateKey);
}

/** Starts an issuer that publishes these keys. */
export async function startIssuer(...keys: readonly SigningKey[]): Promise<Issuer> {
  let published: readonly JWK[] = keys.map((key) => key.published);
  let mode: IssuerMode = 'well';
  let reads = 0;
  const modes: Readonly<Record<IssuerMode, (response: ServerResponse) => void>> = {
    well: (response) => response.end(JSON.stringify({ keys: published })),
    away: (response) => response.writeHead(503).end(),
    silent: () => {},
    endless: (response) => {
      const write = (): void => {
        while (response.write(' '.repeat(65_536)));
        response.once('drain', write);
      };
      write();
    },
    redirect: (response) => response.writeHead(302, { location: '/elsewhere' }).end(),
    garbage: (response) => response.end('{"keys":"none"}'),
  };
  const server = createServer((request, response) => {
    reads += 1;
    if (request.url === '/elsewhere') modes.well(response);
    else modes[mode](response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  return {
    url,
    reads: () => reads,
    publish: (...jwks) => void (published = jwks),
    behave: (next) => void (mode = next),
    environment: (more = {}) => ({
      SWITCHYARD_JWKS_URL: url,
      SWITCHYARD_JWT_ISSUER: ISSUER,
      SWITCHYARD_JWT_AUDIENCE: AUDIENCE,
      ...more,
    }),
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
