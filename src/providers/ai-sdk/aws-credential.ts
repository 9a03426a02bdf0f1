/** What requests to AWS are signed with, or the API key that stands for it. */
export type AwsCredential =
  | { readonly apiKey: string }
  | { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };

/**
 * A credential of Bedrock as operators keep it: a JSON object with `accessKeyId`, `secretAccessKey` and perhaps
 * `sessionToken`, under those names or those that AWS gives environment variables and its own answers
 * (`AWS_ACCESS_KEY_ID`, `AccessKeyId`); any other text is an API key. Undefined for an object without the two keys.
 */
export function readAwsCredential(credential: string): AwsCredential | undefined {
  if (!credential.trimStart().startsWith('{')) return { apiKey: credential.trim() };
  const fields = parse(credential);
  const accessKeyId = textOf(fields, 'accesskeyid');
  const secretAccessKey = textOf(fields, 'secretaccesskey');
  const sessionToken = textOf(fields, 'sessiontoken');
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}

function textOf(fields: ReadonlyMap<string, unknown>, name: string): string | undefined {
  const value = fields.get(name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The object's fields, by names without the differences of spelling. */
function parse(text: string): ReadonlyMap<string, unknown> {
  try {
    const entries = Object.entries(JSON.parse(text) as object);
    return new Map(
      entries.map(([name, value]) => [name.toLowerCase().replace(/^aws_/, '').replaceAll('_', ''), value]),
    );
  } catch {
    // A broken object holds no keys, which is what its owner is told.
    return new Map();
  }
}
