import { importPKCS8, SignJWT } from 'jose';
import type { Clock } from '../../system/clock.ts';
import type { Timers } from '../../system/timers.ts';
import { TransportError } from '../transport/transport-error.ts';

/** Where service accounts change their signature for a token: what a key file names instead is not asked. */
export const GOOGLE_TOKEN_URL = 'https://oauth2.googleapis.com/token';

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const ASSERTION_LIFE_S = 3600;
/** A token is renewed so long before its end, so that none ends on its way. */
const RENEWED_BEFORE_MS = 120_000;
const REFRESH_TIMEOUT_MS = 10_000;
const LEAST_TOKEN_LIFE_S = 1;
const MOST_TOKEN_LIFE_S = 86_400;

/** What is needed to get a service account's tokens. */
export interface TokenParts {
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly timers: Timers;
  /** The text of the key file. */
  readonly credential: string;
}

interface Token {
  readonly value: string;
  readonly renewAtMs: number;
}

/**
 * A service account's access token (https://developers.google.com/identity/protocols/oauth2/service-account): asked
 * for when it is first needed, kept until shortly before its end, and asked for once however many wait for it. Rejects
 * with a TransportError: AUTH for a key file that is none or that Google refuses, CONNECTION when Google cannot say.
 */
export function createGoogleTokens({ fetch, clock, timers, credential }: TokenParts): () => Promise<string> {
  let token: Token | undefined;
  let asking: Promise<Token> | undefined;

  const ask = async (): Promise<Token> => {
    const late = new AbortController();
    using _limit = timers.after(REFRESH_TIMEOUT_MS, () => late.abort());
    const assertion = await sign(readKeyFile(credential), Math.floor(clock.now() / 1000));
    const response = await fetch(GOOGLE_TOKEN_URL, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion,
      }).toString(),
      signal: late.signal,
    });
    if (!response.ok) throw refusal(response.status);
    return readToken(await readText(response), clock.now());
  };

  return async () => {
    if (token !== undefined && clock.now() < token.renewAtMs) return token.value;
    asking ??= ask().finally(() => (asking = undefined));
    token = await asking.catch((error: unknown) => {
      if (error instanceof TransportError) throw error;
      throw new TransportError('CONNECTION', 'Google’s token endpoint did not answer in time');
    });
    return token.value;
  };
}

interface KeyFile {
  readonly email: string;
  readonly privateKey: string;
  readonly keyId: string | undefined;
}

function readKeyFile(text: string): KeyFile {
  const file = parse(text);
  const { client_email: email, private_key: privateKey, private_key_id: keyId, token_uri: tokenUri } = file;
  if (typeof email !== 'string' || typeof privateKey !== 'string') {
    throw new TransportError('AUTH', 'it is no key file of a Google service account');
  }
  if (tokenUri !== undefined && !isGoogles(tokenUri)) {
    throw new TransportError('AUTH', 'its key file names a token endpoint that is not Google’s');
  }
  return { email, privateKey, keyId: typeof keyId === 'string' ? keyId : undefined };
}

function isGoogles(uri: unknown): boolean {
  return (
    typeof uri === 'string' &&
    /^https:\/\/(oauth2|www)\.googleapis\.com\/|^https:\/\/accounts\.google\.com\//.test(uri)
  );
}

async function sign({ email, privateKey, keyId }: KeyFile, nowS: number): Promise<string> {
  try {
    return await new SignJWT({ scope: SCOPE })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...(keyId !== undefined && { kid: keyId }) })
      .setIssuer(email)
      .setAudience(GOOGLE_TOKEN_URL)
      .setIssuedAt(nowS)
      .setExpirationTime(nowS + ASSERTION_LIFE_S)
      .sign(await importPKCS8(privateKey, 'RS256'));
  } catch {
    // What the key's reader says may quote the key.
    throw new TransportError('AUTH', 'the private key of its key file cannot be read');
  }
}

function refusal(status: number): TransportError {
  return status >= 500 || status === 429
    ? new TransportError('CONNECTION', `Google’s token endpoint answered ${status}`)
    : new TransportError('AUTH', `Google’s token endpoint refused it (${status})`);
}

function readToken(text: string, nowMs: number): Token {
  const { access_token: value, expires_in: told } = parse(text);
  const isHeader = typeof value === 'string' && /^[\x21-\x7e]{1,8192}$/.test(value);
  if (!isHeader) throw new TransportError('CONNECTION', 'Google’s token endpoint answered without a token');
  const lifeS = typeof told === 'number' && Number.isFinite(told) ? told : LEAST_TOKEN_LIFE_S;
  const soundLifeS = Math.min(Math.max(lifeS, LEAST_TOKEN_LIFE_S), MOST_TOKEN_LIFE_S);
  return { value, renewAtMs: nowMs + soundLifeS * 1000 - RENEWED_BEFORE_MS };
}

/** A pooled response has been read already, and has only what the SDKs use. */
async function readText({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  const reader = body?.getReader();
  let text = '';
  for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
    text += decoder.decode(next.value, { stream: true });
  }
  return text;
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    // No JSON says nothing, and its reader complains of what is missing.
    return {};
  }
}
