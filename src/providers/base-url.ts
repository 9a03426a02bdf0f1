import { isRefusedHost } from './address.ts';
import type { Adapter } from './provider.ts';
import { parseScript } from './simulated/simulated.ts';

/** Where each dialect is spoken by default; null where there is no such place, or none is needed. */
export const defaultBaseUrls: Readonly<Record<Adapter, string | null>> = {
  openai: 'https://api.openai.com/v1',
  anthropic: 'https://api.anthropic.com/v1',
  google: 'https://generativelanguage.googleapis.com/v1beta',
  mistral: 'https://api.mistral.ai/v1',
  cohere: 'https://api.cohere.ai/compatibility/v1',
  groq: 'https://api.groq.com/openai/v1',
  xai: 'https://api.x.ai/v1',
  deepseek: 'https://api.deepseek.com/v1',
  togetherai: 'https://api.together.xyz/v1',
  'openai-compatible': null,
  simulated: null,
};

/** Stricter than the URL standard on purpose: every accepted text has one reading. */
const httpUrl =
  /^https?:\/\/(?<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?(\/[a-z0-9._~!$&'()*+,;=:@%/-]*)?$/i;

/** What documentation of APIs shows as the address of a call, and people paste. */
const operationPath =
  /(\/chat\/completions|\/completions|\/responses|\/messages|\/embeddings|\/models|:generatecontent|:streamgeneratecontent)\/?$/i;

/** What is wrong with a provider's base URL, for the person who set it, or undefined. Never repeats the text. */
export function checkBaseUrl(adapter: Adapter, baseUrl: string | null): string | undefined {
  if (adapter === 'simulated') {
    if (baseUrl === null) return undefined;
    const parsed = parseScript(baseUrl);
    return 'issue' in parsed ? parsed.issue : undefined;
  }
  if (baseUrl === null) {
    return defaultBaseUrls[adapter] === null ? `is required for the adapter ${adapter}` : undefined;
  }
  if (/^[a-z]+:\/\/[^/]*@/i.test(baseUrl)) return 'must not contain a user name, password or key';
  const host = httpUrl.exec(baseUrl)?.groups?.['host'];
  if (host === undefined) {
    return 'must be an http or https URL without query and fragment, such as https://api.example.com/v1';
  }
  // A host whose last label is a number is an address to the URL standard, whatever its base or length.
  if (/(^|\.)(\d+|0x[0-9a-f]*)\.?$/i.test(host) && !/^(\d{1,3}\.){3}\d{1,3}$/.test(host)) {
    return 'must write an IPv4 address as four decimal numbers';
  }
  const operation = operationPath.exec(baseUrl)?.[1];
  if (operation !== undefined) {
    return `must not end in ${operation.toLowerCase()}: the path of an operation is added for each call; leave it away`;
  }
  return isRefusedHost(host) ? 'must not be a link-local or cloud metadata address' : undefined;
}
