/** What a GraphQL server answers over HTTP. */
export interface GraphQLAnswer {
  readonly status: number;
  readonly data: Record<string, unknown> | null | undefined;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

/** Sends one operation over real HTTP. */
export async function send(
  url: string,
  key: string | null,
  query: string,
  variables: object = {},
  signal?: AbortSignal,
): Promise<GraphQLAnswer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify({ query, variables }),
    ...(signal === undefined ? {} : { signal }),
  });
  const body = (await response.json()) as Omit<GraphQLAnswer, 'status'>;
  return { ...body, status: response.status };
}

/** The field of an answer that must be without errors. */
export function fieldOf<T>(answer: GraphQLAnswer, field: string): T {
  if (answer.errors !== undefined) throw new Error(`unexpected errors: ${JSON.stringify(answer.errors)}`);
  return answer.data?.[field] as T;
}
