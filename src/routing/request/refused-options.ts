import type { JsonValue } from '../../system/json.ts';

/**
 * Options of providers that a caller may not set, by why: what the plan has decided and estimated, what has a field of
 * its own, what reaches other calls of the account or other hosts, and what belongs to whoever runs the deployment. Names
 * as `plainName` makes them, so that every spelling of one is meant. One list for all adapters: Chat Completions of others
 * copy every option into their request, whatever it is called.
 */
const refused: readonly (readonly [reason: string, names: readonly string[]])[] = [
  [
    'is decided by the plan',
    [
      ...[
        'model',
        'models',
        'modelid',
        'provider',
        'route',
        'fallbacks',
        'stream',
        'streamoptions',
        'includeusage',
      ],
      ...['maxtokens', 'maxcompletiontokens', 'maxoutputtokens', 'maxtokensparameter', 'generationconfig'],
      ...['thinking', 'thinkingconfig', 'thinkingbudget', 'maxthinkingtokens', 'budgettokens', 'taskbudget'],
      ...['reasoning', 'reasoningeffort', 'reasoningmode', 'forcereasoning', 'effort'],
      ...['n', 'bestof', 'candidatecount', 'numgenerations', 'compaction', 'strictjsonschema'],
      ...[
        'structuredoutputs',
        'structuredoutputmode',
        'modalities',
        'responsemodalities',
        'audio',
        'imageconfig',
      ],
    ],
  ],
  [
    'has a field of its own in the call',
    [
      ...[
        'messages',
        'input',
        'prompt',
        'system',
        'instructions',
        'systeminstruction',
        'contents',
        'documents',
      ],
      ...[
        'tools',
        'toolchoice',
        'toolconfig',
        'allowedtools',
        'functions',
        'functioncall',
        'paralleltoolcalls',
      ],
      ...[
        'disableparalleltooluse',
        'parallelfunctioncalling',
        'responseformat',
        'responseschema',
        'responsejsonschema',
      ],
      ...[
        'responsemimetype',
        'temperature',
        'topp',
        'topk',
        'seed',
        'stop',
        'stopsequences',
        'presencepenalty',
      ],
      ...['frequencypenalty', 'user', 'userid', 'safetyidentifier', 'cachecontrol'],
    ],
  ],
  [
    'reaches beyond this call',
    [
      ...[
        'store',
        'background',
        'conversation',
        'previousresponseid',
        'previousinteractionid',
        'thread',
        'container',
      ],
      ...[
        'cachedcontent',
        'continuationtoken',
        'webhook',
        'webhookurl',
        'mcpservers',
        'plugins',
        'connectors',
      ],
      ...[
        'websearch',
        'websearchoptions',
        'searchparameters',
        'datasources',
        'retrievalconfig',
        'headers',
        'extraheaders',
      ],
      ...['extrabody', 'extraquery', 'baseurl', 'url', 'apikey', 'authorization', 'fetch', 'betas'],
      ...['additionalmodelrequestfields'],
    ],
  ],
  [
    'is for whoever runs the deployment to set',
    [
      ...['safetysettings', 'threshold', 'safeguards', 'guardrailconfig', 'speed', 'inferencegeo'],
      ...['performanceconfig', 'sharedrequesttype', 'requesttype'],
    ],
  ],
];

const reasonByName = new Map(
  refused.flatMap(([reason, names]) => names.map((name) => [name, reason] as const)),
);

/** Tiers of service that cost no more than the catalog says. */
const usualTiers: readonly string[] = ['auto', 'default', 'flex', 'standard', 'standard_only'];

/** Why a caller may not give a provider this option; undefined: it may. */
export function refusalOf(name: string, value: JsonValue): string | undefined {
  const plain = plainName(name);
  if (plain === 'servicetier' && !(typeof value === 'string' && usualTiers.includes(value))) {
    return `must be one of ${usualTiers.join(', ')}: others cost more than is planned with`;
  }
  return reasonByName.get(plain);
}

/** A name whatever its spelling: `max_tokens`, `maxTokens` and `Max-Tokens` are one. */
function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}
