import type { ParameterTable } from '../common/parameters.ts';

const hint = 'models that are not called through Anthropic’s API do without';
const account = 'it names something of an account at Anthropic, which callers share here';
const priced = 'it has a price of its own, which is not planned with';

/**
 * Every parameter of `POST /v1/messages` that Anthropic documents (https://docs.claude.com/en/api/messages), and
 * `switchyard`.
 */
export const messagesParameters = {
  model: { fate: 'translated', note: 'which models may answer: see the names of models' },
  messages: {
    fate: 'translated',
    note: 'text, image, document, search_result, tool_use, tool_result, thinking and redacted_thinking; other blocks are refused by name',
  },
  max_tokens: { fate: 'translated', note: 'the output budget; required' },
  system: { fate: 'translated', note: 'system messages' },
  metadata: { fate: 'translated', note: '`user_id` is the caller’s own user' },
  stop_sequences: { fate: 'translated', note: 'models without them are no candidates' },
  stream: { fate: 'translated', note: 'whether the answer comes as server-sent events' },
  temperature: { fate: 'translated', note: 'a hint' },
  top_p: { fate: 'translated', note: 'a hint' },
  top_k: { fate: 'translated', note: 'a hint' },
  tools: {
    fate: 'translated',
    note: 'tools of the caller’s own, `input_examples` as part of their description; those that Anthropic runs or defines are refused by name',
  },
  tool_choice: { fate: 'translated', note: 'auto, any, tool or none, and `disable_parallel_tool_use`' },
  thinking: {
    fate: 'translated',
    note: 'an effort: `budget_tokens` by its share of `max_tokens`; adaptive is high unless `output_config.effort` says otherwise; `display` omitted hides the text',
  },
  output_config: {
    fate: 'translated',
    note: '`effort`, and `format` as a JSON schema; `task_budget` is a hint that is left out',
  },
  output_format: { fate: 'translated', note: 'the same as `output_config.format`' },
  cache_control: {
    fate: 'translated',
    note: 'what stands up to the last message may be kept; for how long is for the provider to say',
  },
  context_management: { fate: 'passed', note: hint },
  service_tier: { fate: 'passed', note: `auto or standard_only; ${hint}` },
  speed: { fate: 'refused', note: priced, neutral: ['standard'] },
  inference_geo: { fate: 'refused', note: priced, neutral: ['global'] },
  container: { fate: 'refused', note: account },
  thread: { fate: 'refused', note: 'nothing is kept here that a later call could refer to' },
  user_profile_id: { fate: 'refused', note: account },
  workspace_id: { fate: 'refused', note: account },
  billing_policy: { fate: 'refused', note: account },
  fallback_credit_token: { fate: 'refused', note: account },
  compaction: { fate: 'refused', note: 'answers are what a model says, and no summaries of what was said' },
  diagnostics: {
    fate: 'harmless',
    note: 'it asks why a cache was not met; the answer’s `diagnostics` may be absent',
  },
  mcp_servers: { fate: 'refused', note: 'tools that a provider runs cannot be routed', neutral: [[]] },
  fallbacks: {
    fate: 'refused',
    note: 'name several models, by an alias or by `switchyard.models`',
    neutral: [[]],
  },
  switchyard: { fate: 'translated', note: 'what this API has no words for: policy, models, limits, labels' },
} as const satisfies ParameterTable;
