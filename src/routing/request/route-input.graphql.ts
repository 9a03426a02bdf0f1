import { builder } from '../../graphql/builder.ts';
import { LabelInput } from '../../graphql/label-input.ts';
import { CapabilityRef, PolicyNameRef, ReasoningEffortRef } from '../../graphql/enums.ts';
import { RouteInputRef } from '../../graphql/refs.ts';

const MessageRoleRef = builder.enumType('MessageRole', {
  description: 'Who says a message.',
  values: {
    SYSTEM: { value: 'system', description: 'The instructions.' },
    USER: { value: 'user', description: 'The one who asks.' },
    ASSISTANT: { value: 'assistant', description: 'A model, earlier in the conversation.' },
    TOOL: { value: 'tool', description: 'The result of a tool that a model called.' },
  } as const,
});

const ToolChoiceModeRef = builder.enumType('ToolChoiceMode', {
  description: 'Whether a model may or must call tools.',
  values: {
    AUTO: { value: 'auto', description: 'As it sees fit.' },
    NONE: { value: 'none', description: 'It must not.' },
    REQUIRED: { value: 'required', description: 'It must call one.' },
    TOOL: { value: 'tool', description: 'It must call the named one.' },
  } as const,
});

const ResponseFormatTypeRef = builder.enumType('ResponseFormatType', {
  description: 'The form of an answer.',
  values: {
    TEXT: { value: 'text', description: 'Free text.' },
    JSON: { value: 'json', description: 'Any JSON.' },
    JSON_SCHEMA: { value: 'json_schema', description: 'JSON that fits a schema.' },
  } as const,
});

const ImageInput = builder.inputType('ImageInput', {
  description: 'An image: a URL, or its bytes with their type.',
  fields: (t) => ({
    url: t.string({ description: 'Where it is, http or https.' }),
    base64: t.string({ description: 'Its bytes in Base64.' }),
    mediaType: t.string({
      description:
        'Its IANA type, e.g. `image/png`; needed beside `base64` of anything but PNG, JPEG, GIF and WebP.',
    }),
  }),
});

const FileInput = builder.inputType('FileInput', {
  description: 'A document or a sound: a URL, or its bytes.',
  fields: (t) => ({
    url: t.string({ description: 'Where it is, http or https.' }),
    base64: t.string({ description: 'Its bytes in Base64.' }),
    mediaType: t.string({
      required: true,
      description: 'Its IANA type, e.g. `application/pdf`, `text/plain` or `audio/wav`.',
    }),
    filename: t.string({ description: 'What its owner calls it; some models are shown it.' }),
  }),
});

const ContentPartInput = builder.inputType('ContentPartInput', {
  description: 'One piece of a message: exactly one of its fields.',
  isOneOf: true,
  fields: (t) => ({
    text: t.string({ description: 'Text.' }),
    image: t.field({ type: ImageInput, description: 'An image; the model needs VISION.' }),
    file: t.field({
      type: FileInput,
      description: 'A document or a sound; the model needs DOCUMENTS or AUDIO.',
    }),
  }),
});

const ToolCallInput = builder.inputType('ToolCallInput', {
  description: 'A tool call that a model made earlier in the conversation, as `ToolCall` gave it.',
  fields: (t) => ({
    id: t.string({ required: true, description: 'The id it was given.' }),
    name: t.string({ required: true, description: 'The tool.' }),
    arguments: t.string({
      required: true,
      description: 'Its arguments as `ToolCall` gave them, broken or not.',
    }),
    providerState: t.string({ description: 'Send back what `ToolCall.providerState` said.' }),
  }),
});

const MessageInput = builder.inputType('MessageInput', {
  description: '`content` or `parts`; neither only beside `toolCalls`.',
  fields: (t) => ({
    role: t.field({ type: MessageRoleRef, required: true, description: 'Who says it.' }),
    content: t.string({ description: 'What is said, as text.' }),
    parts: t.field({
      type: [ContentPartInput],
      description: 'What is said, in pieces; for the role USER.',
    }),
    toolCallId: t.string({
      description: 'For the role TOOL: the id of the call that this is the result of.',
    }),
    toolCalls: t.field({ type: [ToolCallInput], description: 'For the role ASSISTANT: the calls it made.' }),
    providerState: t.string({
      description: 'For the role ASSISTANT: send back what `Completion.providerState` said.',
    }),
    cacheBreakpoint: t.boolean({
      description:
        'Later calls will begin with all up to here: providers whose prompt caches are told where may keep it.',
    }),
  }),
});

const ToolInput = builder.inputType('ToolInput', {
  description: 'A function that a model may ask to be called.',
  fields: (t) => ({
    name: t.string({ required: true, description: '1 to 64 of letters, digits, `_` and `-`; unique.' }),
    description: t.string({ description: 'What it does, for the model.' }),
    parameters: t.field({ type: 'JSON', description: 'A JSON Schema object; absent: no parameters.' }),
    strict: t.boolean({
      description: 'Hold its arguments to the schema; absent: as the provider does by itself.',
    }),
  }),
});

const ToolChoiceInput = builder.inputType('ToolChoiceInput', {
  description: 'Whether a model may or must call tools.',
  fields: (t) => ({
    mode: t.field({ type: ToolChoiceModeRef, required: true, description: 'May, must not, or must.' }),
    toolName: t.string({ description: 'The tool it must call; with mode TOOL only.' }),
  }),
});

const ResponseFormatInput = builder.inputType('ResponseFormatInput', {
  description: 'The form of the answer.',
  fields: (t) => ({
    type: t.field({
      type: ResponseFormatTypeRef,
      required: true,
      description: 'Text, JSON, or JSON of a schema.',
    }),
    jsonSchema: t.field({ type: 'JSON', description: 'The schema; with type JSON_SCHEMA only.' }),
  }),
});

const PolicyNarrowingInput = builder.inputType('PolicyNarrowingInput', {
  description: 'What this call asks of its tenant’s policy: stricter, never wider. Widening is InvalidInput.',
  fields: (t) => ({
    policyName: t.field({ type: PolicyNameRef, description: 'Bring this preset’s weights.' }),
    qualityWeight: t.float({ description: 'How much quality counts, 0..1; the three sum to 1.' }),
    latencyWeight: t.float({ description: 'How much speed counts, 0..1.' }),
    costWeight: t.float({ description: 'How much the price counts, 0..1.' }),
    fallbackEnabled: t.boolean({ description: 'May be switched off.' }),
    maxAttempts: t.int({ description: 'Provider calls at most; may be lowered.' }),
    complianceVetoThreshold: t.float({ description: 'The least compliance score; may be raised.' }),
    deniedModels: t.stringList({ description: 'Models, or `provider/*`, that must not be called.' }),
  }),
});

builder.inputType(RouteInputRef, {
  description: 'A call to be routed.',
  fields: (t) => ({
    messages: t.field({
      type: [MessageInput],
      required: true,
      description: 'The conversation; at least one.',
    }),
    taskType: t.string({ description: 'ATS task type, e.g. `code`, `chat`, `extraction`.' }),
    models: t.stringList({
      description: 'Keys `provider/model` or `provider/*`; absent means all that the policy allows.',
    }),
    requires: t.field({ type: [CapabilityRef], description: 'What the model must be able to do.' }),
    maxOutputTokens: t.int({ description: 'Tokens of the answer at most; reasoning comes on top of it.' }),
    temperature: t.float({
      description: 'Sampling temperature, 0..2; left out, with a notice, for models that take none.',
    }),
    topP: t.float({ description: 'Share of the likely tokens to draw from, 0..1; a hint.' }),
    topK: t.int({ description: 'How many of the likeliest tokens to draw from; a hint.' }),
    seed: t.int({ description: 'Equal seeds draw alike, as far as the provider can; a hint.' }),
    presencePenalty: t.float({ description: 'Against tokens that were said before, -2..2; a hint.' }),
    frequencyPenalty: t.float({ description: 'Against tokens the oftener they were said, -2..2; a hint.' }),
    stopSequences: t.stringList({
      description: 'Texts at which the answer ends, without them; the model needs STOP_SEQUENCES.',
    }),
    parallelToolCalls: t.boolean({
      description: 'Whether several tools may be called at once; absent: as the model does by itself.',
    }),
    sessionId: t.string({
      description:
        'Prompt-cache affinity: calls with one id prefer one model while it is healthy and near-equal.',
    }),
    endUserId: t.string({
      description: 'Your end user, as an opaque id; passed on where a provider takes one.',
    }),
    labels: t.field({
      type: [LabelInput],
      description:
        'Up to 16 names with values of up to 200 characters, recorded with the decision, for attribution and filters.',
    }),
    providerOptions: t.field({
      type: 'JSON',
      description:
        'By provider slug, passed on as they are to that provider’s adapter: `{"openai": {"serviceTier": "flex"}}`.',
    }),
    reasoningEffort: t.field({ type: ReasoningEffortRef, description: 'How long to think.' }),
    tools: t.field({ type: [ToolInput], description: 'What the model may call.' }),
    toolChoice: t.field({ type: ToolChoiceInput, description: 'Whether it may or must.' }),
    responseFormat: t.field({
      type: ResponseFormatInput,
      description: 'The form of the answer; absent: text.',
    }),
    timeoutMs: t.int({ description: 'The whole call’s time in milliseconds, at most the policy’s.' }),
    maxCostUsd: t.float({
      description: 'Reject models whose estimated cost is above this; at most 6 decimals.',
    }),
    policy: t.field({ type: PolicyNarrowingInput, description: 'Narrow the tenant’s policy for this call.' }),
    workflowId: t.string({ description: 'Recorded in the audit chain.' }),
    idempotencyKey: t.string({
      description:
        'At most one RouteSuccess or RequestRefused per key and tenant in 24 h: a repeat waits for and returns the first result; Conflict with another input.',
    }),
  }),
});
