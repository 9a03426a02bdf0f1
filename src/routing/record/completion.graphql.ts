import { builder } from '../../graphql/builder.ts';
import { CompletionRef, ModelRef, UsageRef } from '../../graphql/refs.ts';
import type { CatalogModel } from '../../catalog/model.ts';
import type { ToolCall } from '../../providers/message.ts';
import { fromScaledInteger } from '../../system/input/decimal.ts';

const FinishReasonRef = builder.enumType('FinishReason', {
  description: 'Why a model stopped.',
  values: {
    STOP: { value: 'stop', description: 'It was done.' },
    LENGTH: { value: 'length', description: 'The output budget was used up: the text is cut.' },
    TOOL_CALLS: { value: 'tool_calls', description: 'It waits for the results of its tool calls.' },
    CONTENT_FILTER: { value: 'content_filter', description: 'The provider cut the rest.' },
    OTHER: { value: 'other', description: 'Something else.' },
  } as const,
});

const ToolCallRef = builder.objectRef<ToolCall>('ToolCall').implement({
  description: 'A tool call that the model asks for.',
  fields: (t) => ({
    id: t.exposeString('id', { description: 'Names the call when its result is sent back.' }),
    name: t.exposeString('name', { description: 'The tool.' }),
    arguments: t.exposeString('arguments', {
      description: 'Its arguments as the model wrote them: JSON text, unless it broke it.',
    }),
    providerState: t.string({
      nullable: true,
      description: 'Opaque; send it back with this call.',
      resolve: (call) => call.providerState ?? null,
    }),
  }),
});

builder.objectType(UsageRef, {
  description: 'What a call used, as its provider counted, or as far as it did.',
  fields: (t) => ({
    inputTokens: t.exposeInt('inputTokens', { description: 'Tokens read.' }),
    outputTokens: t.exposeInt('outputTokens', { description: 'Tokens written, reasoning included.' }),
    reasoningTokens: t.exposeInt('reasoningTokens', { description: 'Tokens of reasoning.' }),
    cachedInputTokens: t.int({
      description: 'Of the tokens read, those that came from the provider’s cache.',
      resolve: ({ cachedInputTokens }) => cachedInputTokens ?? 0,
    }),
    cacheWriteTokens: t.int({
      description: 'Of the tokens read, those that were written to the provider’s cache.',
      resolve: ({ cacheWriteTokens }) => cacheWriteTokens ?? 0,
    }),
    isEstimated: t.boolean({
      description:
        'Whether some of it is an estimate of Switchyard’s own: the provider told no count, or one that cannot be.',
      resolve: ({ isEstimated }) => isEstimated ?? false,
    }),
    costUsd: t.float({
      description: 'What they cost at the catalog’s prices, USD.',
      resolve: (usage) => fromScaledInteger(usage.costMicroUsd, 6),
    }),
  }),
});

builder.objectType(CompletionRef, {
  description: 'The answer.',
  fields: (t) => ({
    text: t.string({
      description: 'What the model said; empty when it only calls tools.',
      resolve: ({ answer }) => answer.text,
    }),
    reasoningText: t.string({
      nullable: true,
      description: 'What the model showed of its reasoning; null: nothing.',
      resolve: ({ answer }) => answer.reasoningText ?? null,
    }),
    providerState: t.string({
      nullable: true,
      description: 'Opaque; send it back with the assistant’s message when the conversation goes on.',
      resolve: ({ answer }) => answer.providerState ?? null,
    }),
    toolCalls: t.field({
      type: [ToolCallRef],
      description: 'What it wants to be called.',
      resolve: ({ answer }) => [...answer.toolCalls],
    }),
    finishReason: t.field({
      type: FinishReasonRef,
      description: 'Why it stopped; LENGTH means that the text is cut.',
      resolve: ({ answer }) => answer.finishReason,
    }),
    usage: t.field({
      type: UsageRef,
      description: 'What this answer used; earlier attempts not included.',
      resolve: ({ answer, costMicroUsd }) => ({ ...answer.usage, costMicroUsd }),
    }),
    model: t.field({
      type: ModelRef,
      description: 'The model that really answered.',
      // A model that answered is in the catalog for good: archiving keeps its row.
      resolve: ({ modelKey }, _args, { services }) =>
        services.catalog.view().model(modelKey)?.model as CatalogModel,
    }),
  }),
});
