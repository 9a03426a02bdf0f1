/** What the in-browser explorer opens with: a call that works at once, on the simulated provider too. */
export const FIRST_EXAMPLE = `# Welcome to Switchyard. Press play: the answer tells who answered, what it cost, and why that model was chosen.
# What else can be asked is behind the book on the left.
mutation FirstCall {
  route(
    input: {
      messages: [{ role: USER, content: "In one sentence: what does a railway switchyard do?" }]
      maxOutputTokens: 200
    }
  ) {
    __typename
    ... on RouteSuccess {
      completion {
        text
        model { key }
        usage { inputTokens outputTokens costUsd }
      }
      decision {
        status
        attempts { providerSlug modelSlug status failureClass latencyMs }
        plan {
          ranked { position providerSlug modelSlug score contributions { quality latency cost reliability } }
          rejected { providerSlug modelSlug reason detail }
        }
      }
    }
    ... on Error { message code }
  }
}
`;
