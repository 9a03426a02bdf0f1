import { buildSchema } from 'graphql';
import { expect, test } from 'vitest';
import { permittedFields, requirePermissions } from '../../src/graphql/permitted-fields.ts';
import { schema } from '../../src/graphql/schema.ts';

test('a root field that names no permission keeps the server from starting', () => {
  expect(() => requirePermissions(buildSchema('type Query { open: Int }'))).toThrow('Query.open');
  expect(requirePermissions(schema)).toBe(schema);
});

test('what is guarded below the root fields is known: types, fields that are forbidden, and those that say less', () => {
  const { guarded } = permittedFields(schema);
  expect(guarded).toContainEqual({ name: 'ApiKey', permission: 'readTenant', otherwise: 'FORBIDDEN' });
  expect(guarded).toContainEqual({
    name: 'Provider.baseUrl',
    permission: 'readOperations',
    otherwise: 'FORBIDDEN',
  });
  expect(guarded).toContainEqual({
    name: 'CircuitBreaker.modeReason',
    permission: 'readOperations',
    otherwise: 'less',
  });
});
