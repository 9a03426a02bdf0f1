// `npm run schema:print`: writes what is made from the code that serves: schema.graphql, the public API as text, and
// docs/roles.md, who may do what, and docs/parameters.md, what becomes of each parameter of clients' APIs.
import { writeFileSync } from 'node:fs';
import { parametersGuide } from '../edges/parameters-guide.ts';
import { permittedFields } from '../graphql/permitted-fields.ts';
import { printedSchema } from '../graphql/print.ts';
import { schema } from '../graphql/schema.ts';
import { rolesGuide } from '../tenants/roles-guide.ts';

writeFileSync(new URL('../../schema.graphql', import.meta.url), printedSchema());
writeFileSync(new URL('../../docs/roles.md', import.meta.url), rolesGuide(permittedFields(schema)));
writeFileSync(new URL('../../docs/parameters.md', import.meta.url), parametersGuide());
console.log('schema.graphql, docs/roles.md and docs/parameters.md say what the code serves.');
