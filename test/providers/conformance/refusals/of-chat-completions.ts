import { refused } from './refusal.ts';

/** https://docs.mistral.ai/api */
export const mistral = [
  refused(400, 'invalid_request_error', 'Invalid model: mistral-9', 'MODEL_NOT_FOUND'),
  refused(401, 'unauthorized', 'Unauthorized', 'AUTH'),
  refused(402, 'payment_required', 'Payment required', 'QUOTA_EXHAUSTED'),
  refused(422, 'invalid_request_error', 'Input should be a valid list', 'INVALID_REQUEST'),
  refused(429, 'rate_limited', 'Requests rate limit exceeded', 'RATE_LIMITED'),
  refused(500, 'internal_server_error', 'Internal error', 'SERVER_ERROR'),
  refused(503, 'service_unavailable', 'Service unavailable.', 'SERVER_ERROR'),
];

/** https://console.groq.com/docs/errors */
export const groq = [
  refused(400, 'invalid_request', 'A bad request.', 'INVALID_REQUEST'),
  refused(400, 'tool_use_failed', 'Failed to call a function.', 'INVALID_OUTPUT'),
  refused(400, 'json_validate_failed', 'Failed to generate JSON.', 'INVALID_OUTPUT'),
  refused(400, 'context_length_exceeded', 'Please reduce the length of the messages.', 'CONTEXT_LENGTH'),
  refused(401, 'invalid_api_key', 'Invalid API Key', 'AUTH'),
  refused(404, 'model_not_found', 'The model does not exist.', 'MODEL_NOT_FOUND'),
  refused(413, 'rate_limit_exceeded', 'Request too large on tokens per minute (TPM).', 'RATE_LIMITED'),
  refused(429, 'rate_limit_exceeded', 'Rate limit reached for model.', 'RATE_LIMITED'),
  refused(498, 'capacity_exceeded', 'Flex tier capacity exceeded.', 'SERVER_ERROR'),
  refused(500, 'internal_server_error', 'Internal Server Error', 'SERVER_ERROR'),
  refused(503, 'over_capacity', 'The model is over capacity.', 'SERVER_ERROR'),
];

/** https://api-docs.deepseek.com/quick_start/error_codes */
export const deepseek = [
  refused(400, 'invalid_request_error', 'Invalid request body format.', 'INVALID_REQUEST'),
  refused(
    ...([400, 'invalid_request_error'] as const),
    "This model's maximum context length is 131072 tokens.",
    'CONTEXT_LENGTH',
  ),
  refused(401, 'authentication_error', 'Authentication Fails', 'AUTH'),
  refused(402, 'unknown_error', 'Insufficient Balance', 'QUOTA_EXHAUSTED'),
  refused(422, 'invalid_request_error', 'Invalid Parameters', 'INVALID_REQUEST'),
  refused(429, 'rate_limit_error', 'Rate Limit Reached', 'RATE_LIMITED'),
  refused(500, 'server_error', 'Server Error', 'SERVER_ERROR'),
  refused(503, 'service_unavailable_error', 'Server Overloaded', 'SERVER_ERROR'),
];

/** https://docs.together.ai/docs/error-codes */
export const togetherai = [
  refused(400, 'invalid_request', 'Invalid request.', 'INVALID_REQUEST'),
  refused(401, 'invalid_api_key', 'Invalid API key provided.', 'AUTH'),
  refused(402, 'credit_limit', 'Credit limit exceeded.', 'QUOTA_EXHAUSTED'),
  refused(403, 'bad_request', 'Input token count + max_tokens exceeds the context length.', 'CONTEXT_LENGTH'),
  refused(404, 'model_not_available', 'Unable to access model.', 'MODEL_NOT_FOUND'),
  refused(429, 'rate_limit', 'You have reached your rate limit.', 'RATE_LIMITED'),
  refused(500, 'server_error', 'Server error.', 'SERVER_ERROR'),
  refused(503, 'overloaded', 'The engine is overloaded.', 'SERVER_ERROR'),
];
