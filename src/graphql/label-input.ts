import { builder } from './builder.ts';

/** A label as it is given to a call, and as calls are looked for by it. */
export const LabelInput = builder.inputType('LabelInput', {
  description: 'A name and a value by which you find your calls again.',
  fields: (t) => ({
    name: t.string({ required: true, description: '1 to 64 printable characters, once in a call.' }),
    value: t.string({ required: true, description: 'At most 200 printable characters.' }),
  }),
});
