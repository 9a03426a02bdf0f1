/** What an error body says, whatever its dialect. Only `codes` may be shown: the message may repeat a prompt. */
export interface ErrorBody {
  /** Codes, types and reasons, most specific first, in lower case. */
  readonly codes: readonly string[];
  /** The HTTP status that the body itself names. */
  readonly status: number | undefined;
  /** All prose of the body, for matching only. */
  readonly prose: string;
  /** Google's RetryInfo, such as `34s`. */
  readonly retryDelay: string | undefined;
  /** OpenRouter's moderation names what it objected to. */
  readonly flagged: boolean;
}

const maxReadChars = 65_536;

/**
 * Reads the error bodies of OpenAI and those who copy it, Anthropic, Google, Mistral, Cohere, xAI, vLLM, Ollama
 * and OpenRouter: an `error` object or text, or the same fields at the top, perhaps inside a list or a `response`.
 */
export function readErrorBody(text: string): ErrorBody {
  const parsed = parseJson(text.slice(0, maxReadChars));
  const root = asObject(Array.isArray(parsed) ? parsed[0] : parsed);
  const inner = asObject(root['error'] ?? asObject(root['response'])['error'] ?? root);
  const metadata = asObject(inner['metadata']);
  const details = asList(inner['details']).map(asObject);
  const codes = [
    asObject(inner['innererror'])['code'],
    ...details.map((detail) => detail['reason']),
    inner['code'],
    inner['status'],
    inner['type'],
    root['code'],
  ];
  const prose = [inner['message'], root['message'], root['error'], root['detail'], metadata['raw']];
  return {
    codes: codes.filter((code) => typeof code === 'string').map((code) => code.toLowerCase()),
    status: [inner['code'], inner['status'], root['code']].map(Number).find(isErrorStatus),
    prose: prose.filter((part) => typeof part === 'string').join('\n'),
    retryDelay: details.map((detail) => detail['retryDelay']).find((delay) => typeof delay === 'string'),
    flagged: 'flagged_input' in metadata,
  };
}

function isErrorStatus(value: number): boolean {
  return Number.isInteger(value) && value >= 400 && value <= 599;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Proxies answer errors in HTML or plain text: nothing in it is meant for us.
    return undefined;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
