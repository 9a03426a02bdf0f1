import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { permittedFields } from '../../src/graphql/permitted-fields.ts';
import { schema } from '../../src/graphql/schema.ts';
import { rolesGuide } from '../../src/tenants/roles-guide.ts';

test('docs/roles.md says who may do what as the code decides it (npm run schema:print rewrites it)', () => {
  const guide = readFileSync(new URL('../../docs/roles.md', import.meta.url), 'utf8');
  expect(guide).toBe(rolesGuide(permittedFields(schema)));
});

test('the guide names the fields that a permission opens', () => {
  const fields = permittedFields(schema);
  expect(fields.get('preview')).toEqual(['Query.previewRoute', 'Query.voters']);
  expect(fields.get('route')).toEqual(['Mutation.route', 'Mutation.vote', 'Subscription.routeStream']);
});
