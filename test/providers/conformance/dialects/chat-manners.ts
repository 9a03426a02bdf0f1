import type { ChatManner } from './chat-completions.ts';
import type { Counts } from '../said.ts';

const openai = 'https://platform.openai.com/docs/api-reference/chat';

const tokens = ({ input, output }: Counts) => ({
  ...{ prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
});
const reasoned = ({ reasoning }: Counts) =>
  reasoning === undefined ? {} : { completion_tokens_details: { reasoning_tokens: reasoning } };
const cached = ({ cached, written }: Counts) =>
  cached === undefined && written === undefined
    ? {}
    : {
        prompt_tokens_details: {
          cached_tokens: cached ?? 0,
          ...(written !== undefined && { cache_write_tokens: written }),
        },
      };

const usual: ChatManner = {
  name: 'Chat Completions',
  reference: openai,
  thoughts: 'reasoning_content',
  usage: (counts) => ({ ...tokens(counts), ...reasoned(counts), ...cached(counts) }),
  countsWith: 'own chunk',
  callsInPieces: true,
  endings: { stop: 'stop', length: 'length', content_filter: 'content_filter' },
  error: ({ code, message }) => ({ error: { message, type: code, param: null, code } }),
};

/** How each provider of Chat Completions has them, by its public reference. */
export const chatManners = {
  // OpenRouter's details (https://openrouter.ai/docs/use-cases/reasoning-tokens) stand for what others invent.
  compatible: { ...usual, details: true },
  azure: {
    ...usual,
    reference: 'https://learn.microsoft.com/azure/ai-foundry/openai/reference',
    thoughts: null,
  },
  mistral: {
    ...usual,
    reference: 'https://docs.mistral.ai/api/endpoint/chat',
    thoughts: 'parts',
    usage: (counts) => ({
      ...tokens(counts),
      ...(counts.cached !== undefined && { num_cached_tokens: counts.cached }),
    }),
    countsWith: 'last chunk',
    callsInPieces: false,
    endings: { stop: 'stop', length: 'length', model_length: 'length', error: 'MALFORMED' },
    error: ({ code, message, status }) => ({
      ...{ object: 'error', message, type: code, param: null, code: null, raw_status_code: status },
    }),
  },
  groq: {
    ...usual,
    reference: 'https://console.groq.com/docs/api-reference#chat-create',
    thoughts: 'reasoning',
    countsWith: 'x_groq',
    callsInPieces: false,
    endings: { stop: 'stop', length: 'length' },
    error: ({ code, message }) => ({ error: { message, type: 'invalid_request_error', code } }),
  },
  deepseek: {
    ...usual,
    reference: 'https://api-docs.deepseek.com/api/create-chat-completion',
    usage: (counts) => ({
      ...tokens(counts),
      ...reasoned(counts),
      ...(counts.cached !== undefined && {
        prompt_cache_hit_tokens: counts.cached,
        prompt_cache_miss_tokens: counts.input - counts.cached,
      }),
    }),
    countsWith: 'last chunk',
    endings: {
      ...usual.endings,
      insufficient_system_resource: 'SERVER_ERROR',
    },
  },
  togetherai: {
    ...usual,
    reference: 'https://docs.together.ai/reference/chat-completions',
    thoughts: 'reasoning',
    usage: (counts) => ({
      ...tokens(counts),
      ...(counts.cached !== undefined && { cached_tokens: counts.cached }),
    }),
    countsWith: 'last chunk',
    endings: { stop: 'stop', eos: 'stop', length: 'length' },
  },
} satisfies Record<string, ChatManner>;
