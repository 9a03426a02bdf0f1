import { until } from '../time/until.ts';
import { ask, send, type Asked } from './client.ts';

/** Makes a change as the admin, which must succeed; returns what is asked for of its payload. */
export async function change<T = unknown>(
  server: Asked,
  field: string,
  input: object,
  selection?: string,
): Promise<T> {
  const name = field[0]!.toUpperCase() + field.slice(1);
  const payload = selection === undefined ? '' : `... on ${name}Payload { ${selection} }`;
  const answer = await ask<T & { readonly __typename: string }>(
    server,
    field,
    `mutation ($input: ${name}Input!) {
      ${field}(input: $input) { __typename ${payload} ... on Error { message } }
    }`,
    { input },
  );
  if (!answer.__typename.endsWith('Payload')) throw new Error(`${field}: ${JSON.stringify(answer)}`);
  return answer;
}

/** Gives the default tenant's policy another time limit. */
export async function setTimeLimit(server: Asked, timeoutMs: number): Promise<void> {
  const { version } = await ask<{ version: number }>(server, 'tenantPolicy', '{ tenantPolicy { version } }');
  await change(server, 'updateTenantPolicy', { version, timeoutMs });
}

/** For models that can be planned with and not be called: nobody is there. */
export const nowhere = { baseUrl: 'http://127.0.0.1:9/v1' } as const;

/** A model that everybody prefers, and one that serves when it cannot. */
export const PREFERRED = { ats: 0.95 };
export const SPARE = { ats: 0.6 };

/** Adds a provider on an HTTP endpoint with one model, `slug/model` unless it is named, good and cheap enough to be the first choice. */
export async function addModel(
  server: Asked,
  slug: string,
  { baseUrl }: { readonly baseUrl: string },
  options: {
    readonly adapter?: string;
    readonly modelSlug?: string;
    readonly ats?: number;
    readonly attemptTimeoutMs?: number;
    readonly capabilities?: readonly string[];
    readonly embeddingSpace?: string;
    readonly outputUsdPerMillionTokens?: number;
    readonly reasoningTokenFloor?: number;
    readonly efforts?: readonly string[];
    readonly samplingLocked?: boolean;
    readonly maxTokensParameter?: string;
  } = {},
): Promise<void> {
  const { adapter = 'openai-compatible', modelSlug = 'model', ats = 0.9, ...rest } = options;
  await change(server, 'upsertProvider', { slug, name: slug, adapter, baseUrl });
  await change(server, 'upsertModel', {
    providerSlug: slug,
    modelSlug,
    contextWindowTokens: 100_000,
    maxOutputTokens: 8000,
    inputUsdPerMillionTokens: 1,
    outputUsdPerMillionTokens: 2,
    complianceScore: 0.9,
    ats: [{ taskType: 'default', score: ats }],
    ...rest,
  });
}

/** Resolves when an instance has heard of a provider's model. */
export function untilKnown(server: Asked, slug: string): Promise<void> {
  const query = `{ models(providerSlug: "${slug}") { nodes { key } } }`;
  return until(async () => {
    const { nodes } = await ask<{ nodes: { key: string }[] }>(server, 'models', query);
    return nodes.some(({ key }) => key === `${slug}/model`);
  });
}

/** Adds a tenant; returns its global id and its policy's. */
export async function createTenant(
  server: Asked,
  slug: string,
): Promise<{ readonly id: string; readonly policy: { readonly id: string } }> {
  const input = { slug, name: slug };
  const { tenant } = await change<{ tenant: { id: string; policy: { id: string } } }>(
    server,
    'createTenant',
    input,
    'tenant { id policy { id } }',
  );
  return tenant;
}

/** What a key is to be; absent: an AGENT's of the admin's own tenant, without limits. */
export interface WantedKey {
  /** A global id. */
  readonly tenantId?: string;
  readonly roles?: readonly string[];
  readonly expiresAt?: string;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
}

/** A key as it was issued: its global id, and the text to authenticate with. */
export interface NewKey {
  readonly id: string;
  readonly text: string;
}

/** Issues a key. */
export async function issueKey(server: Asked, wanted: WantedKey = {}): Promise<NewKey> {
  const input = { roles: ['AGENT'], ...wanted };
  const { secret, apiKey } = await change<{ secret: string; apiKey: { id: string } }>(
    server,
    'issueApiKey',
    input,
    'secret apiKey { id }',
  );
  return { id: apiKey.id, text: secret };
}

/** Revokes a key for good. */
export async function revokeKey(server: Asked, id: string): Promise<void> {
  await change(server, 'revokeApiKey', { id });
}

/** What a call would be planned with now: the policy's time limit, and the providers that would be considered. */
export async function previewOf(server: Asked): Promise<{ timeoutMs: number; providers: string[] }> {
  const plan = await ask<{ timeoutMs: number; ranked: { providerSlug: string }[] }>(
    server,
    'previewRoute',
    `{ previewRoute(input: { messages: [{ role: USER, content: "Hi" }] }) {
      ... on RoutingPlan { timeoutMs ranked { providerSlug } } } }`,
  );
  return { timeoutMs: plan.timeoutMs, providers: plan.ranked.map(({ providerSlug }) => providerSlug) };
}

/** Whether a key is let in. */
export async function admits({ url }: Asked, key: string): Promise<boolean> {
  const { status, errors } = await send(url, key, '{ viewer { __typename } }');
  return status === 200 && errors === undefined;
}
