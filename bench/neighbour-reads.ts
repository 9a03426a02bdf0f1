/** Reads as a VIEWER may ask for them, each at others' cost where nothing keeps them apart. */
const page = 'nodes { id status costUsd latencyMs plan { reason ranked { score } } attempts { status } }';

const kinds: readonly ((draw: () => number) => string)[] = [
  (draw) => `{ ${aliases(1 + Math.floor(4 * draw()), 'verifyAuditChain { ok checked }')} }`,
  () => `{ routingDecisions(first: 200) { ${page} pageInfo { endCursor } } }`,
  () => `{ ${aliases(4, 'routingDecisions(first: 50) { nodes { id attempts { modelSlug } } }')} }`,
  () => '{ auditLog(first: 200) { nodes { seq type at actor actorLabel payload hash canonical } } }',
  (draw) =>
    `{ ${aliases(10 + Math.floor(65 * draw()), 'models(first: 50) { nodes { key breaker { state } } }')} }`,
  (draw) => `{ ${aliases(10 + Math.floor(50 * draw()), 'circuitBreakers { nodes { state } }')} }`,
  () => '{ viewer { tenant { apiKeys { label } policy { tenant { policy { version } } } } } }',
  () => `{ ${aliases(20, 'auditLog(first: 20) { nodes { seq } }')} }`,
];

function aliases(count: number, field: string): string {
  return Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(' ');
}

/** One of them, as the drawn numbers have it. */
export function drawRead(draw: () => number): string {
  return kinds[Math.floor(kinds.length * draw())]!(draw);
}
