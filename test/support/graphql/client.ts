/** The admin key of every server in tests. */
export const adminKey = 'swy_test_admin-key-of-the-tests';

/** A server that can be asked, in this process or another. */
export interface Asked {
  readonly url: string;
}

/** What a GraphQL server answers over HTTP. */
export interface GraphQLAnswer {
  readonly status: number;
  readonly data: Record<string, unknown> | null | undefined;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

/** Sends one operation over real HTTP. */
export function post(
  url: string,
  key: string | null,
  query: string,
  variables: object = {},
  signal: AbortSignal | null = null,
): Promise<Response> {
  const headers = {
    'content-type': 'application/json',
    ...(key !== null && { authorization: `Bearer ${key}` }),
  };
  return fetch(`${url}/graphql`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query, variables }),
    signal,
  });
}

/** Sends one operation, and reads its answer. */
export async function send(...operation: Parameters<typeof post>): Promise<GraphQLAnswer> {
  const response = await post(...operation);
  const body = (await response.json()) as Omit<GraphQLAnswer, 'status'>;
  return { ...body, status: response.status };
}

/** The field of an answer that must be without errors. */
export function fieldOf<T>(answer: GraphQLAnswer, field: string): T {
  if (answer.errors !== undefined) throw new Error(`unexpected errors: ${JSON.stringify(answer.errors)}`);
  return answer.data?.[field] as T;
}

/** Asks as the admin for a field that must be without errors. */
export async function ask<T>({ url }: Asked, field: string, query: string, variables?: object): Promise<T> {
  return fieldOf<T>(await send(url, adminKey, query, variables), field);
}
