import { builder } from '../../graphql/builder.ts';
import { ModelPriceInputRef, ModelPriceRef } from '../../graphql/refs.ts';
import { fromScaledInteger } from '../../system/input/decimal.ts';
import { usdOf } from './price.ts';

builder.objectType(ModelPriceRef, {
  description: 'Prices of a model beside its own: for long prompts, or from a day on.',
  fields: (t) => ({
    from: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'From when on they hold, in place of all former prices; null: beside the model’s own.',
      resolve: ({ from }) => from,
    }),
    aboveInputTokens: t.exposeInt('aboveInputTokens', {
      description: 'They are those of a whole call whose input is longer than this.',
    }),
    inputUsdPerMillionTokens: t.float({
      description: 'Price of input.',
      resolve: (entry) => fromScaledInteger(entry.inputMicroUsdPerMillionTokens, 6),
    }),
    outputUsdPerMillionTokens: t.float({
      description: 'Price of output, reasoning included.',
      resolve: (entry) => fromScaledInteger(entry.outputMicroUsdPerMillionTokens, 6),
    }),
    cachedInputUsdPerMillionTokens: t.float({
      nullable: true,
      description: 'Price of input that the provider’s cache held; null: as other input.',
      resolve: (entry) => usdOf(entry.cachedInputMicroUsdPerMillionTokens),
    }),
    cacheWriteUsdPerMillionTokens: t.float({
      nullable: true,
      description: 'Price of input that the provider’s cache took; null: as other input.',
      resolve: (entry) => usdOf(entry.cacheWriteMicroUsdPerMillionTokens),
    }),
  }),
});

builder.inputType(ModelPriceInputRef, {
  description: 'Prices of a model beside its own: for long prompts, or from a day on.',
  fields: (t) => ({
    from: t.field({
      type: 'DateTime',
      description:
        'From when on they hold, in place of all former prices; all that is dated alike is one list. Absent: beside the model’s own.',
    }),
    aboveInputTokens: t.int({
      description:
        'They are those of a whole call whose input is longer than this, and no lower than those of shorter ones; 0 when absent, which each dated list must have.',
    }),
    inputUsdPerMillionTokens: t.float({ required: true, description: 'At most six decimals.' }),
    outputUsdPerMillionTokens: t.float({ required: true, description: 'At most six decimals.' }),
    cachedInputUsdPerMillionTokens: t.float({
      description: 'Of input that the provider’s cache held, at most as other input; absent: as other input.',
    }),
    cacheWriteUsdPerMillionTokens: t.float({
      description: 'Of input that the provider’s cache took; absent: as other input.',
    }),
  }),
});
