// `npm run schema:print`: writes what is made from the code that serves: schema.graphql, the public API as text, and
// docs/roles.md, who may do what.
import { writeFileSync } from 'node:fs';
import { permittedFields } from '../graphql/permitted-fields.ts';
import { printedSchema } from '../graphql/print.ts';
import { schema } from '../graphql/schema.ts';
import { rolesGuide } from '../tenants/roles-guide.ts';

writeFileSync(new URL('../../schema.graphql', import.meta.url), printedSchema());
writeFileSync(new URL('../../docs/roles.md', import.meta.url), rolesGuide(permittedFields(schema)));
console.log('schema.graphql and docs/roles.md say what the code serves.');
