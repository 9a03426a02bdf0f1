// What `npm start` and containers run. The program itself is src/main.ts, which an older Node cannot even read.
import './scripts/require-node.js';

await import('./src/main.ts');
