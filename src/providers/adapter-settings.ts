import type { Adapter, AdapterSettings } from './provider.ts';

export const settingNames = ['region', 'apiVersion', 'project'] as const;

export type SettingName = (typeof settingNames)[number];

export const noSettings: AdapterSettings = { region: null, apiVersion: null, project: null };

/** What an adapter takes of them, and whether it can do without. */
const taken: Partial<Readonly<Record<Adapter, Partial<Record<SettingName, 'needed' | 'optional'>>>>> = {
  'amazon-bedrock': { region: 'needed' },
  azure: { apiVersion: 'optional' },
  'google-vertex': { project: 'needed', region: 'needed' },
};

/** The form of each, and the end of the sentence "must be …". They become parts of hosts and paths. */
const forms: Readonly<Record<SettingName, readonly [pattern: RegExp, form: string]>> = {
  region: [/^[a-z]{2,20}(-[a-z0-9]{1,20}){0,4}$/, 'a region such as eu-central-1, us-central1 or global'],
  apiVersion: [/^(v1|\d{4}-\d{2}-\d{2}(-preview)?)$/, 'v1 or a dated version such as 2024-10-21'],
  project: [/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, 'the id of a Google Cloud project'],
};

/** Whether a text has the form of such a setting. */
export function isSetting(name: SettingName, value: string): boolean {
  return forms[name][0].test(value);
}

/** The form of a setting, for messages: finishes "must be …". */
export function settingForm(name: SettingName): string {
  return forms[name][1];
}

/** What is wrong with the settings of a provider of this adapter, and where; undefined when nothing is. */
export function checkSettings(
  adapter: Adapter,
  settings: AdapterSettings,
): { readonly field: SettingName; readonly message: string } | undefined {
  const takes = taken[adapter] ?? {};
  for (const field of settingNames) {
    if (settings[field] === null && takes[field] === 'needed') {
      return { field, message: `is required for the adapter ${adapter}` };
    }
    if (settings[field] !== null && takes[field] === undefined) {
      return { field, message: `is nothing that the adapter ${adapter} takes` };
    }
  }
  return undefined;
}

/** Where an adapter whose address follows from its settings is spoken to; null where that cannot be said. */
export function addressBySettings(adapter: string, { region }: Partial<AdapterSettings>): string | null {
  if (region === null || region === undefined || !isSetting('region', region)) return null;
  switch (adapter) {
    case 'amazon-bedrock':
      return `https://bedrock-runtime.${region}.${awsSuffix(region)}`;
    case 'google-vertex':
      return `https://${vertexHost(region)}/v1beta1`;
    default:
      return null;
  }
}

/** https://docs.aws.amazon.com/general/latest/gr/bedrock.html */
function awsSuffix(region: string): string {
  if (region.startsWith('cn-')) return 'amazonaws.com.cn';
  return region.startsWith('eusc-') ? 'amazonaws.eu' : 'amazonaws.com';
}

/** https://cloud.google.com/vertex-ai/generative-ai/docs/learn/locations */
function vertexHost(region: string): string {
  if (region === 'global') return 'aiplatform.googleapis.com';
  return region === 'eu' || region === 'us'
    ? `aiplatform.${region}.rep.googleapis.com`
    : `${region}-aiplatform.googleapis.com`;
}

/** Whether this is Azure by a dated version of its API, which is called by deployment and knows no Responses. */
export function isDatedAzure(adapter: Adapter, settings: AdapterSettings = noSettings): boolean {
  return adapter === 'azure' && settings.apiVersion !== null && settings.apiVersion !== 'v1';
}
