import type { Parameter, ParameterTable } from '../common/parameters.ts';

const otherModels =
  'models of other dialects are not asked for it, and the answer’s `switchyard.notices` say so';

/**
 * Every parameter of `POST /v1/chat/completions` that OpenAI documents
 * (https://platform.openai.com/docs/api-reference/chat/create), and `switchyard`.
 */
export const chatParameters = {
  model: translated('which models may answer: see the names of models'),
  messages: translated('the conversation; `developer` is a system message'),
  max_completion_tokens: translated('the output budget, under the name that the chosen model takes'),
  max_tokens: translated('the same; beside `max_completion_tokens` the latter counts'),
  temperature: translated('a hint'),
  top_p: translated('a hint'),
  seed: translated('a hint'),
  presence_penalty: translated('a hint'),
  frequency_penalty: translated('a hint'),
  reasoning_effort: translated('a hint; `xhigh` and `max` are the most that a model takes'),
  stop: translated('up to four sequences for most models; models without them are no candidates'),
  stream: translated('whether the answer comes as server-sent events'),
  stream_options: translated('`include_usage`; `include_obfuscation` must be false: nothing is padded'),
  tools: translated('functions; custom tools are refused by name'),
  tool_choice: translated(
    'none, auto, required, a function by name, or `allowed_tools` with mode auto or required',
  ),
  parallel_tool_calls: translated('whether several tools may be called at once'),
  response_format: translated('text, `json_object`, or `json_schema` with its schema'),
  user: translated('the caller’s own user, recorded and told to providers'),
  safety_identifier: translated('the same; beside `user` it counts'),
  metadata: translated('labels of the decision; values are cut to 200 characters'),
  prompt_cache_key: translated('the session, unless one is named otherwise: its calls prefer one model'),
  switchyard: translated('what this API has no words for: policy, models, limits, labels'),
  n: refused('one request has one answer', [1]),
  logprobs: refused('answers carry no probabilities', [false]),
  top_logprobs: refused('answers carry no probabilities', [0]),
  audio: refused('answers are text'),
  modalities: refused('answers are text', [['text']]),
  functions: refused('send `tools`, of which every function is one'),
  function_call: refused('send `tool_choice`'),
  moderation: refused('nothing is moderated here'),
  web_search_options: refused('models search nothing by themselves: give them a tool'),
  store: refused('no answer is stored', [false]),
  service_tier: refused('prices of the catalog are those of the default tier', ['auto', 'default']),
  logit_bias: passed('numbers of tokens mean something to one tokenizer only', [{}]),
  prediction: passed('text that the answer is likely to repeat'),
  prompt_cache_retention: passed('how long a prompt’s beginning is kept'),
  prompt_cache_options: passed('what of a prompt is kept'),
  verbosity: passed('how much the model says'),
} as const satisfies ParameterTable;

function translated(note: string): Parameter {
  return { fate: 'translated', note };
}

function passed(note: string, neutral?: Parameter['neutral']): Parameter {
  return { fate: 'passed', note: `${note}; ${otherModels}`, ...(neutral !== undefined && { neutral }) };
}

function refused(note: string, neutral: Parameter['neutral'] = []): Parameter {
  return { fate: 'refused', note, neutral };
}
