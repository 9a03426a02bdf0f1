import type { ParameterTable } from '../common/parameters.ts';

const hint = 'models that are not called through OpenAI’s API do without';
const stateless = 'nothing is kept here that a later call could refer to: send the whole conversation';

/**
 * Every parameter of `POST /v1/responses` that OpenAI documents
 * (https://platform.openai.com/docs/api-reference/responses/create), and `switchyard`.
 */
export const responsesParameters = {
  model: { fate: 'translated', note: 'which models may answer: see the names of models' },
  input: {
    fate: 'translated',
    note: 'a text, or items: message, function_call, function_call_output, reasoning; other items are refused by name',
  },
  instructions: { fate: 'translated', note: 'the first system message' },
  stream: { fate: 'translated', note: 'whether the answer comes as server-sent events' },
  stream_options: { fate: 'harmless', note: 'nothing is padded' },
  max_output_tokens: { fate: 'translated', note: 'the output budget' },
  temperature: { fate: 'translated', note: 'a hint' },
  top_p: { fate: 'translated', note: 'a hint' },
  tools: {
    fate: 'translated',
    note: 'functions, also in namespaces, which models are told as part of their names; tools that OpenAI runs or defines are refused by name',
  },
  tool_choice: { fate: 'translated', note: 'auto, none, required, or a function' },
  parallel_tool_calls: { fate: 'translated', note: 'whether several tools may be called at once' },
  max_tool_calls: { fate: 'harmless', note: 'it bounds tools that OpenAI runs, and there are none' },
  text: { fate: 'translated', note: '`format` text, json_object or json_schema; `verbosity` is passed on' },
  reasoning: { fate: 'translated', note: '`effort` is a hint; with a `summary` thoughts are shown' },
  include: { fate: 'translated', note: '`reasoning.encrypted_content` alone' },
  metadata: { fate: 'translated', note: 'labels of the decision; values are cut to 200 characters' },
  user: { fate: 'translated', note: 'the caller’s own user, recorded and told to providers' },
  safety_identifier: { fate: 'translated', note: 'the same; beside `user` it counts' },
  prompt_cache_key: {
    fate: 'translated',
    note: 'the session, unless one is named otherwise: its calls prefer one model; passed on as well',
  },
  prompt_cache_retention: { fate: 'passed', note: hint },
  prompt_cache_options: { fate: 'passed', note: hint },
  service_tier: {
    fate: 'refused',
    note: 'prices of the catalog are those of the default tier',
    neutral: ['auto', 'default'],
  },
  truncation: { fate: 'refused', note: 'nothing is cut off unseen', neutral: ['disabled'] },
  store: { fate: 'refused', note: 'no response is kept here; send false', neutral: [false] },
  access_programs: { fate: 'refused', note: 'no provider is told of a client’s programs' },
  background: { fate: 'refused', note: 'nothing is kept here to be asked for', neutral: [false] },
  background_options: { fate: 'refused', note: 'nothing is kept here to be asked for' },
  image: { fate: 'refused', note: 'no images are made here' },
  moderation: { fate: 'refused', note: 'nothing is moderated here' },
  client_metadata: { fate: 'harmless', note: 'it is for OpenAI’s own statistics' },
  previous_response_id: { fate: 'refused', note: stateless },
  conversation: { fate: 'refused', note: stateless },
  context_management: { fate: 'refused', note: stateless, neutral: [[]] },
  prompt: { fate: 'refused', note: 'templates are kept by OpenAI alone' },
  top_logprobs: { fate: 'refused', note: 'answers carry no probabilities', neutral: [0] },
  switchyard: { fate: 'translated', note: 'what this API has no words for: policy, models, limits, labels' },
} as const satisfies ParameterTable;
