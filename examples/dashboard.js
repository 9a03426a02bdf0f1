// Starts the example with a Node that can read it, or says which one it takes.
import '../scripts/require-node.js';

await import('./dashboard.ts');
