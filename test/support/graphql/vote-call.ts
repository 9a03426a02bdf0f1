import { adminKey, fieldOf, send, type Asked } from './client.ts';
import { sayHello, type ShownDecision } from './route-call.ts';

/** An answer of `vote`. */
export interface VoteAnswer {
  readonly __typename: string;
  readonly message?: string;
  readonly issues?: readonly object[];
  readonly retryAfterMs?: number | null;
  readonly agreement?: number | null;
  readonly ballots?: readonly object[];
  readonly decision: ShownDecision & { readonly costUsd: number };
}

const attempt = 'position providerSlug status failureClass usage { costUsd }';
const plan = 'plan { reason ranked { providerSlug inPlan } rejected { providerSlug reason } }';
const decision = `decision { id kind status costUsd auditSeq degraded model { key } attempts { ${attempt} } ${plan} }`;
const document = `mutation ($input: VoteInput!) {
  vote(input: $input) {
    __typename
    ... on Error { message }
    ... on InvalidInput { issues { path } }
    ... on VotePayload {
      agreement ${decision}
      ballots { providerSlug modelSlug attempt { ${attempt} } completion { text model { key } usage { costUsd } } }
    }
    ... on NoEligibleModel { retryAfterMs ${decision} }
    ... on AttemptsExhausted { retryAfterMs ${decision} }
    ... on DeadlineExceeded { ${decision} }
    ... on RateLimited { retryAfterMs }
  }
}`;

/** Who asks, and how: absent, the admin does, for the usual number of voters. */
export interface VoteTerms {
  readonly voters?: number;
  readonly key?: string;
  readonly signal?: AbortSignal;
}

/** Has several models answer a plain call, with what a test changes about it. */
export async function vote(
  { url }: Pick<Asked, 'url'>,
  request: object = {},
  { voters, key = adminKey, signal }: VoteTerms = {},
): Promise<VoteAnswer> {
  const variables = { input: { request: sayHello(request), voters } };
  return fieldOf(await send(url, key, document, variables, signal), 'vote');
}

/** What a ballot shows: who cast it, and what it says; null: its call failed. */
export const ballot = (slug: string, text: string | null) => ({
  ...{ providerSlug: slug, modelSlug: 'model', attempt: { providerSlug: slug } },
  completion: text === null ? null : { text, model: { key: `${slug}/model` } },
});
