// `npm run schema:print`: writes schema.graphql, the public API as text, from the code that serves it.
import { writeFileSync } from 'node:fs';
import { printedSchema } from '../graphql/print.ts';

writeFileSync(new URL('../../schema.graphql', import.meta.url), printedSchema());
console.log('schema.graphql is what the code serves.');
