import { GraphQLError } from 'graphql';
import type { JsonValue } from '../system/json.ts';
import { MAX_JSON_NESTING, nestsAtMost } from '../system/input/nesting.ts';
import { builder } from './builder.ts';

// RFC 3339 with an offset: a time without one would mean a different instant on every machine.
const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

builder.scalarType('DateTime', {
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  description: 'An instant: RFC 3339 with its offset, e.g. `2026-11-22T10:00:00.000Z`. Answers are in UTC.',
  serialize: (value) => (typeof value === 'number' ? new Date(value) : value).toISOString(),
  parseValue: (value) => {
    const instant = typeof value === 'string' && RFC_3339.test(value) ? new Date(value) : undefined;
    // The years that RFC 3339 and the database can write, in UTC; NaN is none of them.
    const year = instant?.getUTCFullYear() ?? NaN;
    if (instant === undefined || !(year >= 1 && year <= 9999)) {
      throw new GraphQLError('DateTime needs an RFC 3339 text with an offset, like 2026-11-22T10:00:00Z.');
    }
    return instant;
  },
});

builder.scalarType('JSON', {
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259',
  description: `Any JSON value. What is sent may nest at most ${MAX_JSON_NESTING} levels deep.`,
  serialize: (value) => value,
  parseValue: (value) => {
    if (!nestsAtMost(value, MAX_JSON_NESTING)) {
      throw new GraphQLError(`JSON may nest at most ${MAX_JSON_NESTING} levels deep.`);
    }
    return value as JsonValue;
  },
});

builder.scalarType('SafeInt', {
  specifiedByURL: 'https://tc39.es/ecma262/#sec-number.max_safe_integer',
  description: 'Integer in 0..2^53-1, a JSON number: chain positions outgrow Int.',
  serialize: (value) => Number(value),
  parseValue: (value) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
      throw new GraphQLError('SafeInt needs an integer in 0..9007199254740991.');
    }
    return value;
  },
});
