import { addressBySettings } from './adapter-settings.ts';
import { canonicalHost, isPrivateHost, isRefusedHost } from './address.ts';
import { ipv4Number } from './ip-address.ts';
import type { Adapter, AdapterSettings } from './provider.ts';
import { parseScript } from './simulated/simulated.ts';

/** Where each dialect is spoken by default; null where there is no such place, or none is needed. */
export const defaultBaseUrls: Readonly<Record<Adapter, string | null>> = {
  openai: 'https://api.openai.com/v1',
  anthropic: 'https://api.anthropic.com/v1',
  google: 'https://generativelanguage.googleapis.com/v1beta',
  mistral: 'https://api.mistral.ai/v1',
  cohere: 'https://api.cohere.ai/v2',
  groq: 'https://api.groq.com/openai/v1',
  xai: 'https://api.x.ai/v1',
  deepseek: 'https://api.deepseek.com/v1',
  togetherai: 'https://api.together.xyz/v1',
  'amazon-bedrock': null,
  azure: null,
  'google-vertex': null,
  'openai-compatible': null,
  simulated: null,
};

/** Adapters that neither have a place of their own nor settings that say it. */
const homeless: ReadonlySet<Adapter> = new Set(['azure', 'openai-compatible']);

/** Stricter than the URL standard on purpose: every accepted text has one reading. */
const httpUrl =
  /^(?<scheme>https?):\/\/(?<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:(?<port>\d{1,5}))?(\/[a-z0-9._~!$&'()*+,;=:@%/-]*)?$/i;

/** Longer than any address that people use. */
const MAX_BASE_URL_LENGTH = 2000;
/** RFC 1035 §2.3.4. */
const MAX_HOST_LENGTH = 253;
const MAX_PORT = 65_535;

/** What documentation of APIs shows as the address of a call, and people paste. */
const operationPath =
  /(\/chat\/completions|\/completions|\/responses|\/messages|(?<=\/v2)\/chat|\/embeddings|\/models|:generatecontent|:streamgeneratecontent)\/?$/i;

/** What the operator allows of addresses. */
export interface OutboundRule {
  /** Whether a provider may be on this machine or in a private network, as local models are. */
  readonly privateAddresses: boolean;
}

/** Local models are normal. */
export const openOutbound: OutboundRule = { privateAddresses: true };

/** Where a provider's API is. */
export interface Destination {
  /** As `canonicalHost` writes it. */
  readonly host: string;
  readonly port: number;
  readonly isEncrypted: boolean;
}

/** What of a provider says where it is. */
export interface Whereabouts extends Partial<AdapterSettings> {
  readonly adapter: string;
  readonly baseUrl: string | null;
}

/** The base URL that a provider is called at; null where there is none. */
export function baseUrlOf({ adapter, baseUrl, ...settings }: Whereabouts): string | null {
  const home = Object.entries(defaultBaseUrls).find(([name]) => name === adapter)?.[1];
  return baseUrl ?? home ?? addressBySettings(adapter, settings);
}

/** Where calls of a provider go; undefined where that is nowhere, or nowhere that can be read. */
export function destinationOf(whereabouts: Whereabouts): Destination | undefined {
  const groups = httpUrl.exec(baseUrlOf(whereabouts) ?? '')?.groups;
  if (groups === undefined) return undefined;
  const { scheme = '', host = '', port } = groups;
  const isEncrypted = scheme.toLowerCase() === 'https';
  return { host: canonicalHost(host), port: Number(port ?? (isEncrypted ? 443 : 80)), isEncrypted };
}

/** What is wrong with a provider's base URL, for the person who set it, or undefined. Never repeats the text. */
export function checkBaseUrl(
  adapter: Adapter,
  baseUrl: string | null,
  { privateAddresses }: OutboundRule = openOutbound,
): string | undefined {
  if (baseUrl !== null && baseUrl.length > MAX_BASE_URL_LENGTH) {
    return `must have at most ${MAX_BASE_URL_LENGTH} characters`;
  }
  if (adapter === 'simulated') {
    if (baseUrl === null) return undefined;
    const parsed = parseScript(baseUrl);
    return 'issue' in parsed ? parsed.issue : undefined;
  }
  if (baseUrl === null) {
    return homeless.has(adapter) ? `is required for the adapter ${adapter}` : undefined;
  }
  if (/^[a-z]+:\/\/[^/]*@/i.test(baseUrl)) return 'must not contain a user name, password or key';
  const { host, port } = httpUrl.exec(baseUrl)?.groups ?? {};
  if (host === undefined) {
    return 'must be an http or https URL without query and fragment, such as https://api.example.com/v1';
  }
  if (port !== undefined && (Number(port) < 1 || Number(port) > MAX_PORT)) {
    return `must have a port from 1 to ${MAX_PORT}`;
  }
  if (!privateAddresses && isPrivateHost(host)) {
    return 'must not be a private or loopback address: SWITCHYARD_PRIVATE_ADDRESSES is off';
  }
  return checkHost(host) ?? checkPath(baseUrl);
}

function checkHost(host: string): string | undefined {
  if (host.length > MAX_HOST_LENGTH || (!host.startsWith('[') && !isSoundName(host))) {
    return 'must name a host whose parts have 1 to 63 characters';
  }
  // A host whose last label is a number is an address to the URL standard, whatever its base or length; and a number
  // that begins with a zero is an octal one.
  if (/(^|\.)(\d+|0x[0-9a-f]*)\.?$/i.test(host) && ipv4Number(host) === undefined) {
    return 'must write an IPv4 address as four decimal numbers';
  }
  return isRefusedHost(host) ? 'must not be a link-local or cloud metadata address' : undefined;
}

function isSoundName(host: string): boolean {
  return host
    .replace(/\.$/, '')
    .split('.')
    .every((label) => label.length >= 1 && label.length <= 63);
}

function checkPath(baseUrl: string): string | undefined {
  const operation = operationPath.exec(baseUrl)?.[1];
  if (operation === undefined) return undefined;
  return `must not end in ${operation.toLowerCase()}: the path of an operation is added for each call; leave it away`;
}
