import { refused, type Refusal } from './refusal.ts';

/** https://platform.openai.com/docs/guides/error-codes, and of most who copy its API. */
export const openai = [
  refused(400, 'invalid_value', "Invalid value: 'bad'.", 'INVALID_REQUEST'),
  refused(400, 'context_length_exceeded', 'Your input exceeds the context window.', 'CONTEXT_LENGTH'),
  refused(400, 'content_policy_violation', 'Your request was rejected.', 'CONTENT_FILTER'),
  refused(401, 'invalid_api_key', 'Incorrect API key provided.', 'AUTH'),
  refused(403, 'unsupported_country_region_territory', 'Country not supported.', 'AUTH'),
  refused(404, 'model_not_found', 'The model does not exist.', 'MODEL_NOT_FOUND'),
  refused(429, 'rate_limit_exceeded', 'Rate limit reached for requests.', 'RATE_LIMITED'),
  refused(429, 'insufficient_quota', 'You exceeded your current quota.', 'QUOTA_EXHAUSTED'),
  refused(500, 'server_error', 'The server had an error.', 'SERVER_ERROR'),
  refused(503, 'slow_down', 'The engine is currently overloaded.', 'SERVER_ERROR'),
];

/** https://platform.claude.com/docs/en/api/errors */
export const anthropic = [
  refused(400, 'invalid_request_error', 'messages: at least one message is required', 'INVALID_REQUEST'),
  refused(
    400,
    'invalid_request_error',
    'prompt is too long: 208310 tokens > 200000 maximum',
    'CONTEXT_LENGTH',
  ),
  refused(
    400,
    'invalid_request_error',
    'Your credit balance is too low to access the API.',
    'QUOTA_EXHAUSTED',
  ),
  refused(400, 'invalid_request_error', 'Output blocked by content filtering policy', 'CONTENT_FILTER'),
  refused(401, 'authentication_error', 'invalid x-api-key', 'AUTH'),
  refused(402, 'billing_error', 'There is an issue with your billing.', 'QUOTA_EXHAUSTED'),
  refused(403, 'permission_error', 'Your key may not use this resource.', 'AUTH'),
  refused(404, 'not_found_error', 'model: claude-9', 'MODEL_NOT_FOUND'),
  refused(413, 'request_too_large', 'Request exceeds the maximum size', 'CONTEXT_LENGTH'),
  refused(429, 'rate_limit_error', 'Number of request tokens has exceeded your limit.', 'RATE_LIMITED'),
  refused(500, 'api_error', 'Internal server error', 'SERVER_ERROR'),
  refused(504, 'timeout_error', 'The request timed out.', 'SERVER_ERROR'),
  refused(529, 'overloaded_error', 'Overloaded', 'SERVER_ERROR'),
];

/** https://ai.google.dev/gemini-api/docs/troubleshooting */
export const google = [
  refused(400, 'INVALID_ARGUMENT', 'Request contains an invalid argument.', 'INVALID_REQUEST'),
  refused(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', 'AUTH'),
  refused(
    ...([400, 'INVALID_ARGUMENT'] as const),
    'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
    'CONTEXT_LENGTH',
  ),
  refused(403, 'PERMISSION_DENIED', 'Your API key does not have permission.', 'AUTH'),
  refused(404, 'NOT_FOUND', 'models/gemini-9 is not found.', 'MODEL_NOT_FOUND'),
  refused(429, 'RESOURCE_EXHAUSTED', 'Resource has been exhausted (e.g. check quota).', 'RATE_LIMITED'),
  refused(500, 'INTERNAL', 'An internal error has occurred.', 'SERVER_ERROR'),
  refused(503, 'UNAVAILABLE', 'The model is overloaded.', 'SERVER_ERROR'),
  refused(504, 'DEADLINE_EXCEEDED', 'Deadline expired before the operation.', 'SERVER_ERROR'),
];

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_Errors */
export const bedrock = [
  refused(400, 'ValidationException', 'The provided model identifier is invalid.', 'MODEL_NOT_FOUND'),
  refused(400, 'ValidationException', 'Malformed input request.', 'INVALID_REQUEST'),
  refused(400, 'ValidationException', 'Input is too long for requested model.', 'CONTEXT_LENGTH'),
  refused(403, 'AccessDeniedException', 'You are not authorized to perform this action.', 'AUTH'),
  refused(404, 'ResourceNotFoundException', 'Could not resolve the foundation model.', 'MODEL_NOT_FOUND'),
  refused(408, 'ModelTimeoutException', 'The model took too long.', 'SERVER_ERROR'),
  refused(424, 'ModelErrorException', 'The model had an error.', 'SERVER_ERROR'),
  refused(429, 'ThrottlingException', 'Too many requests, please wait.', 'RATE_LIMITED'),
  refused(429, 'ModelNotReadyException', 'The model is not ready.', 'RATE_LIMITED'),
  refused(500, 'InternalServerException', 'An internal server error occurred.', 'SERVER_ERROR'),
  refused(503, 'ServiceUnavailableException', 'The service is not available.', 'SERVER_ERROR'),
];

/** https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter, beside OpenAI's. */
export const azure = [
  ...openai.filter(({ status }) => status !== 404),
  refused(400, 'content_filter', 'The response was filtered.', 'CONTENT_FILTER'),
  refused(401, '401', 'Access denied due to invalid subscription key.', 'AUTH'),
  refused(404, 'DeploymentNotFound', 'The API deployment does not exist.', 'MODEL_NOT_FOUND'),
  refused(429, '429', 'Requests have exceeded the call rate limit.', 'RATE_LIMITED'),
];

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ResponseStream.html */
export const bedrockToldAmid: readonly Refusal[] = [
  refused(200, 'internalServerException', 'No.', 'SERVER_ERROR'),
  refused(200, 'modelStreamErrorException', 'No.', 'SERVER_ERROR'),
  refused(200, 'serviceUnavailableException', 'No.', 'SERVER_ERROR'),
  refused(200, 'throttlingException', 'No.', 'RATE_LIMITED'),
  refused(200, 'validationException', 'No.', 'INVALID_REQUEST'),
];

/** https://docs.x.ai/developers/debugging */
export const xai = [
  refused(400, 'Client specified an invalid argument', 'Incorrect API key provided: k.', 'AUTH'),
  refused(400, 'Client specified an invalid argument', 'Argument not supported: stop', 'INVALID_REQUEST'),
  refused(
    ...([400, 'Client specified an invalid argument'] as const),
    "This model's maximum prompt length is 500000 but the request contains 600000 tokens.",
    'CONTEXT_LENGTH',
  ),
  refused(
    ...([403, 'The caller does not have permission to execute the specified operation'] as const),
    'Your team has used all available credits.',
    'QUOTA_EXHAUSTED',
  ),
  refused(404, 'Some requested entity was not found', 'The model grok-9 does not exist.', 'MODEL_NOT_FOUND'),
  refused(429, 'Some resource has been exhausted', 'Too many requests for team.', 'RATE_LIMITED'),
  refused(500, 'Internal error', 'Internal error', 'SERVER_ERROR'),
  refused(503, 'The service is currently unavailable', 'At capacity.', 'SERVER_ERROR'),
];

/** https://docs.cohere.com/reference/errors: a message alone. */
export const cohere = [
  refused(400, '', 'invalid request: message must be at least 1 token long.', 'INVALID_REQUEST'),
  refused(400, '', 'too many tokens: total number of tokens exceeds the limit', 'CONTEXT_LENGTH'),
  refused(401, '', 'invalid api token', 'AUTH'),
  refused(402, '', 'Please add or update your payment method.', 'QUOTA_EXHAUSTED'),
  refused(404, '', "model 'command-9' not found", 'MODEL_NOT_FOUND'),
  refused(429, '', 'You are using a Trial key, which is limited to 40 API calls / minute.', 'RATE_LIMITED'),
  refused(498, '', 'invalid token', 'SERVER_ERROR'),
  refused(500, '', 'internal server error', 'SERVER_ERROR'),
  refused(503, '', 'service unavailable', 'SERVER_ERROR'),
];
