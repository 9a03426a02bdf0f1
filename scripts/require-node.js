// Imported first by what people start: says in one sentence that Node is too old, where it would otherwise fail on the
// first TypeScript file. In plain JavaScript that any Node reads.
import { readFileSync } from 'node:fs';

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const oldestMajor = Number(/\d+/.exec(engines.node)?.[0]);
if (Number(process.versions.node.split('.', 1)[0]) < oldestMajor) {
  process.stderr.write(
    `Switchyard needs Node ${oldestMajor} or newer; this is ${process.version}. After "npm ci", "npm start" and "npx node" use the one that comes along.\n`,
  );
  process.exit(1);
}
