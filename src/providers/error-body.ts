/** What an error body says, whatever its dialect. Its words may repeat a prompt or a key: see `quoteProvider`. */
export interface ErrorBody {
  /** Codes, types and reasons as they were sent, most specific first. */
  readonly codes: readonly string[];
  /** The HTTP status that the body itself names. */
  readonly status: number | undefined;
  /** All prose of the body, for matching. */
  readonly prose: string;
  /** What the body says to people; empty when it says nothing. */
  readonly words: string;
  /** Google's RetryInfo, such as `34s`. */
  readonly retryDelay: string | undefined;
  /** OpenRouter's moderation names what it objected to. */
  readonly flagged: boolean;
}

type Json = Readonly<Record<string, unknown>>;

const maxReadChars = 65_536;

/**
 * Reads the error bodies of OpenAI and those who copy it, Anthropic, Google, Mistral, Cohere, xAI, AWS, Cloudflare,
 * MiniMax, vLLM, Ollama and OpenRouter: an `error` object or text, or the same fields at the top, perhaps inside a
 * list, a `response`, a `base_resp` or the first of `choices`. OpenRouter sends what its upstream said along as text.
 */
export function readErrorBody(text: string): ErrorBody {
  const bounded = text.slice(0, maxReadChars);
  // The transport has bounded it: what an error echoes must not hide what it says.
  const parsed = parseJson(text);
  const root = asObject(Array.isArray(parsed) ? parsed[0] : parsed);
  const { detail } = root;
  const isWrapped = typeof detail === 'object' && detail !== null && !Array.isArray(detail);
  const outer = errorIn(root) ?? (isWrapped ? (errorIn(asObject(detail)) ?? detail) : root);
  // Gateways wrap what they were told once more.
  const told = (outer === root ? undefined : errorIn(asObject(outer))) ?? outer;
  const inner = asObject(told);
  const metadata = asObject(inner['metadata']);
  const raw = typeof metadata['raw'] === 'string' ? metadata['raw'] : '';
  const upstream = asObject(parseJson(raw));
  const details = asList(inner['details']).map(asObject);
  // Plain text is meant for people; the HTML of proxies is not.
  const said = parsed === undefined && !/[<{]/.test(bounded) ? [bounded] : wordsOf(root, told);
  const [words = ''] = [...wordsOf(upstream, errorIn(upstream)), ...said];
  const codes = [
    asObject(inner['innererror'])['code'],
    ...details.map((detail) => detail['reason']),
    ...codesOf(inner),
    ...codesOf(root),
    ...codesOf(asObject(errorIn(upstream))),
    ...codesOf(upstream),
  ];
  const statuses = ['code', 'status', 'status_code', 'statusCode'].flatMap((name) => [
    inner[name],
    root[name],
  ]);
  return {
    codes: texts(codes),
    status: statuses.map(Number).find(isErrorStatus),
    prose: [...said, raw].join('\n').slice(0, maxReadChars),
    words,
    retryDelay: texts(details.map((detail) => detail['retryDelay']))[0],
    flagged: 'flagged_input' in metadata,
  };
}

/** Where a body tells of its error; undefined or null when it does not, or when it is the error itself. */
function errorIn(root: Json): unknown {
  const inResponse = asObject(root['response'])['error'];
  const inChoice = asObject(asList(root['choices'])[0])['error'];
  return root['error'] ?? inResponse ?? inChoice ?? asList(root['errors'])[0] ?? root['base_resp'];
}

function codesOf(error: Json): unknown[] {
  return [error['code'], error['status'], error['type'], error['error_type'], error['__type']];
}

function wordsOf(root: Json, told: unknown): string[] {
  const { message, status_msg: statusMessage } = asObject(told);
  const { detail } = root;
  const complaint = asObject(asList(detail)[0])['msg'];
  return texts([message, statusMessage, told, root['message'], root['Message'], detail, complaint]);
}

function isErrorStatus(value: number): boolean {
  return Number.isInteger(value) && value >= 400 && value <= 599;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Proxies answer errors in HTML or plain text.
    return undefined;
  }
}

function asObject(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function texts(values: readonly unknown[]): string[] {
  return values.filter((value) => typeof value === 'string' && value.trim() !== '') as string[];
}
