/** An input that breaks a rule, and the paths of all issues that must be told, with commas between them. */
export type BadInput = readonly [name: string, input: object, paths: string];

const hello = { messages: [{ role: 'USER', content: 'hello' }] };
const nested = (levels: number) => JSON.parse('{"a":'.repeat(levels) + '1' + '}'.repeat(levels)) as object;
/** What people paste where a name belongs. */
export const secret = 'sk-live-0123456789abcdef0123456789abcdef';
const modelFields = {
  contextWindowTokens: 1000,
  maxOutputTokens: 100,
  inputUsdPerMillionTokens: 1,
  outputUsdPerMillionTokens: 1,
};

const policies: readonly BadInput[] = [
  ['weights that sum to 1.5', { qualityWeight: 0.5, latencyWeight: 0.5, costWeight: 0.5 }, 'qualityWeight'],
  ['a weight that leaves the sum at 1.1', { qualityWeight: 0.5 }, 'qualityWeight'],
  ['a weight of three decimals', { qualityWeight: 0.333 }, 'qualityWeight'],
  ['a negative weight', { qualityWeight: -0.4, latencyWeight: 0.7, costWeight: 0.7 }, 'qualityWeight'],
  ['a penalty of 100.01', { fallbackCostPenaltyPct: 100.01 }, 'fallbackCostPenaltyPct'],
  ['a penalty of 5.001', { fallbackCostPenaltyPct: 5.001 }, 'fallbackCostPenaltyPct'],
  ['a negative penalty', { fallbackCostPenaltyPct: -0.01 }, 'fallbackCostPenaltyPct'],
  [
    'a threshold of .004, which would be no veto',
    { complianceVetoThreshold: 0.004 },
    'complianceVetoThreshold',
  ],
  ['a threshold of −0.1', { complianceVetoThreshold: -0.1 }, 'complianceVetoThreshold'],
  ['a threshold of 1.01', { complianceVetoThreshold: 1.01 }, 'complianceVetoThreshold'],
  ['a threshold of 1e300', { complianceVetoThreshold: 1e300 }, 'complianceVetoThreshold'],
  ['no attempts', { maxAttempts: 0 }, 'maxAttempts'],
  ['11 attempts', { maxAttempts: 11 }, 'maxAttempts'],
  ['99 ms', { timeoutMs: 99 }, 'timeoutMs'],
  ['more than ten minutes', { timeoutMs: 600_001 }, 'timeoutMs'],
  [
    'fallback under STRICT_NO_FALLBACK',
    { policyName: 'STRICT_NO_FALLBACK', fallbackEnabled: true },
    'fallbackEnabled',
  ],
  ['an emptied weight', { qualityWeight: null }, 'qualityWeight'],
  ['a model key without a slash', { allowedModels: ['a/b', 'gpt-5'] }, 'allowedModels.1'],
  ['a model key with a NUL', { deniedModels: ['a/b\0'] }, 'deniedModels.0'],
  ['two faults at once', { maxAttempts: 0, timeoutMs: 0 }, 'maxAttempts, timeoutMs'],
];

const calls: readonly BadInput[] = [
  ['no messages', { messages: [] }, 'messages'],
  ['a question without a word', { messages: [{ role: 'USER', content: ' ' }] }, 'messages.0.content'],
  ['a question of empty parts', { messages: [{ role: 'USER', parts: [{ text: '' }] }] }, 'messages.0.parts'],
  ['a model that is misspelt', { models: ['simulated/steady', 'simulated/stedy'] }, 'models.1'],
  ['a provider that is misspelt', { models: ['simulate/*'] }, 'models.0'],
  [
    'a denied model that is misspelt',
    { policy: { deniedModels: ['openai/not-there'] } },
    'policy.deniedModels.0',
  ],
  ['more output than any window holds', { maxOutputTokens: 9_999_999 }, 'maxOutputTokens'],
  ['a message without content', { messages: [{ role: 'USER' }] }, 'messages.0.content'],
  ['a model key without a slash', { models: ['gpt-5'] }, 'models.0'],
  ['a choice of no models', { models: [] }, 'models'],
  ['0 tokens', { maxOutputTokens: 0 }, 'maxOutputTokens'],
  ['10⁹ tokens', { maxOutputTokens: 1_000_000_000 }, 'maxOutputTokens'],
  ['99 ms', { timeoutMs: 99 }, 'timeoutMs'],
  ['a temperature of 3', { temperature: 3 }, 'temperature'],
  ['a negative price', { maxCostUsd: -1 }, 'maxCostUsd'],
  ['a price of seven decimals', { maxCostUsd: 0.0000001 }, 'maxCostUsd'],
  ['a task type with a space', { taskType: 'a b' }, 'taskType'],
  ['a workflow with a NUL', { workflowId: 'a\0b' }, 'workflowId'],
  ['a workflow with half a character', { workflowId: 'a\ud800' }, 'workflowId'],
  ['a weaker veto', { policy: { complianceVetoThreshold: 0.1 } }, 'policy.complianceVetoThreshold'],
  ['more attempts than the policy allows', { policy: { maxAttempts: 10 } }, 'policy.maxAttempts'],
  ['a tool whose parameters are a list', { tools: [{ name: 't', parameters: [] }] }, 'tools.0.parameters'],
  [
    'the arguments of a call nested 10 000 deep',
    {
      messages: [
        { role: 'ASSISTANT', toolCalls: [{ id: '1', name: 't', arguments: JSON.stringify(nested(2_000)) }] },
      ],
    },
    'messages.0.toolCalls.0.arguments',
  ],
];

const tenants: readonly BadInput[] = [
  ['a slug in capitals', { slug: 'UP', name: 'x' }, 'slug'],
  ['a slug with a NUL', { slug: 'a\0', name: 'x' }, 'slug'],
  ['a slug that is taken', { slug: 'default', name: 'x' }, 'slug'],
  ['the platform’s slug', { slug: 'platform', name: 'x' }, 'slug'],
  ['no name', { slug: 'fresh', name: ' ' }, 'name'],
  ['a name of 201 characters', { slug: 'fresh', name: 'x'.repeat(201) }, 'name'],
  ['a name with a NUL', { slug: 'fresh', name: 'a\0b' }, 'name'],
  ['a name with half a character', { slug: 'fresh', name: 'a\ud800' }, 'name'],
];

const keys: readonly BadInput[] = [
  ['no roles', { roles: [] }, 'roles'],
  ['a label with a NUL', { roles: ['VIEWER'], label: 'a\0' }, 'label'],
  ['a key that has expired', { roles: ['VIEWER'], expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
  ['a quota of nothing', { roles: ['VIEWER'], requestsPerMinute: 0 }, 'requestsPerMinute'],
];

const models: readonly BadInput[] = [
  ['a window of 0 tokens', { contextWindowTokens: 0 }, 'contextWindowTokens'],
  ['a window of 10⁹ tokens', { contextWindowTokens: 1_000_000_000 }, 'contextWindowTokens'],
  ['an output of 0 tokens', { maxOutputTokens: 0 }, 'maxOutputTokens'],
  ['a negative price', { inputUsdPerMillionTokens: -1 }, 'inputUsdPerMillionTokens'],
  ['no price', { outputUsdPerMillionTokens: null }, 'outputUsdPerMillionTokens'],
  ['a compliance of 1.01', { complianceScore: 1.01 }, 'complianceScore'],
  ['a slug with a space', { modelSlug: 'a b' }, 'modelSlug'],
  ['a quality of 2', { ats: [{ taskType: 'default', score: 2 }] }, 'ats.0.score'],
];

const providers: readonly BadInput[] = [
  ['a slug with a slash', { slug: 'a/b' }, 'slug'],
  ['an unknown adapter', { adapter: 'telepathy' }, 'adapter'],
  ['a metadata address', { adapter: 'openai-compatible', baseUrl: 'http://169.254.169.254/v1' }, 'baseUrl'],
  ['no URL', { adapter: 'openai-compatible', baseUrl: 'not a url' }, 'baseUrl'],
  ['a key for the name of one', { credentialName: secret }, 'credentialName'],
  ['a name with a NUL', { name: 'a\0' }, 'name'],
];

const scores: readonly BadInput[] = [
  ['a score of 1.5', { score: 1.5 }, 'score'],
  ['a score of five decimals', { score: 0.12345 }, 'score'],
  ['a task type with a NUL', { taskType: 'a\0' }, 'taskType'],
  ['fewer than no samples', { samples: -1 }, 'samples'],
];

const reasons: readonly BadInput[] = [
  ['no reason', { reason: ' ' }, 'reason'],
  ['a reason of 501 characters', { reason: 'x'.repeat(501) }, 'reason'],
  ['a reason with a NUL', { reason: 'a\0b' }, 'reason'],
  ['a reason with half a character', { reason: 'a\ud800' }, 'reason'],
  ['a generation that never was', { generation: -1 }, 'generation'],
  ['two faults at once', { reason: '', generation: -1 }, 'reason, generation'],
];

const overrides: readonly BadInput[] = [
  ...reasons,
  ['an end that has passed', { until: '2020-01-01T00:00:00Z' }, 'until'],
  ['AUTO with an end', { mode: 'AUTO', until: '2999-01-01T00:00:00Z' }, 'until'],
];

const steady = { providerSlug: 'simulated', modelSlug: 'steady' };

/** Inputs that break a rule, by the field that must refuse them; what else the field needs is `rest`. */
export const badInputs: readonly {
  readonly field: string;
  readonly operation: 'query' | 'mutation';
  readonly type: string;
  readonly rest: object;
  readonly inputs: readonly BadInput[];
}[] = [
  {
    field: 'updateTenantPolicy',
    operation: 'mutation',
    type: 'UpdateTenantPolicyInput',
    rest: { version: 1 },
    inputs: policies,
  },
  { field: 'route', operation: 'mutation', type: 'RouteInput', rest: hello, inputs: calls },
  { field: 'previewRoute', operation: 'query', type: 'RouteInput', rest: hello, inputs: calls },
  { field: 'voters', operation: 'query', type: 'RouteInput', rest: hello, inputs: calls },
  { field: 'createTenant', operation: 'mutation', type: 'CreateTenantInput', rest: {}, inputs: tenants },
  { field: 'issueApiKey', operation: 'mutation', type: 'IssueApiKeyInput', rest: {}, inputs: keys },
  {
    field: 'upsertModel',
    operation: 'mutation',
    type: 'UpsertModelInput',
    rest: { providerSlug: 'simulated', modelSlug: 'fresh', ...modelFields },
    inputs: models,
  },
  {
    field: 'upsertProvider',
    operation: 'mutation',
    type: 'UpsertProviderInput',
    rest: { slug: 'fresh', adapter: 'simulated' },
    inputs: providers,
  },
  {
    field: 'recordAtsScore',
    operation: 'mutation',
    type: 'RecordAtsScoreInput',
    rest: { ...steady, taskType: 'code', score: 0.5 },
    inputs: scores,
  },
  {
    field: 'overrideBreaker',
    operation: 'mutation',
    type: 'OverrideBreakerInput',
    rest: { ...steady, mode: 'FORCED_OPEN', reason: 'an exercise', generation: 0 },
    inputs: overrides,
  },
  {
    field: 'resetBreaker',
    operation: 'mutation',
    type: 'ResetBreakerInput',
    rest: { ...steady, reason: 'an exercise', generation: 0 },
    inputs: reasons,
  },
];

const hi = 'messages: [{ role: USER, content: "x" }]';
const route = (input: string) => `mutation { route(input: { ${input} }) { __typename } }`;
const decisions = (filter: string) => `{ routingDecisions(${filter}) { nodes { id } } }`;
const since = (instant: string) => decisions(`since: "${instant}"`);
const update = (input: string) =>
  `mutation ($name: PolicyName) { updateTenantPolicy(input: { ${input} }) { __typename } }`;
const node = 'query ($id: ID!) { node(id: $id) { id } }';
const both = '{ text: "a", image: { url: "https://x/y" } }';

/** Operations that the types of the schema rule out, and the word by which the refusal names the fault. */
export const ruledOut: readonly (readonly [name: string, query: string, word: string, variables?: object])[] =
  [
    ['an unknown enum value', decisions('status: LOST'), 'LOST'],
    ['an unknown value in a variable', update('version: 1, policyName: $name'), 'CHEAP', { name: 'CHEAP' }],
    [
      'an enum value in lower case',
      update('version: 1, policyName: $name'),
      'balanced',
      { name: 'balanced' },
    ],
    ['a number beyond 32 bits', route(`${hi}, maxOutputTokens: 3000000000`), '3000000000'],
    ['a fraction of a token', route(`${hi}, maxOutputTokens: 1.5`), '1.5'],
    ['a number that is a text', route(`${hi}, timeoutMs: "1000"`), '1000'],
    ['an unknown field', route(`${hi}, modell: "a/b"`), 'modell'],
    ['two members of a @oneOf', route(`messages: [{ role: USER, parts: [${both}] }]`), 'ContentPartInput'],
    ['a missing field', update('policyName: $name'), 'version'],
    ['a missing variable', node, '$id'],
    ['a null where something must be', node, '$id', { id: null }],
    ['a date without an offset', since('2026-11-22T10:00:00'), 'DateTime'],
    ['the year 0', since('0000-01-01T00:00:00Z'), 'DateTime'],
    ['the year 10000 by its offset', since('9999-12-31T23:00:00-02:00'), 'DateTime'],
    ['a negative position', '{ auditLog(sinceSeq: -1) { nodes { id } } }', 'SafeInt'],
    ['a position beyond 2⁵³', '{ auditLog(sinceSeq: 9007199254740992) { nodes { id } } }', 'SafeInt'],
  ];
