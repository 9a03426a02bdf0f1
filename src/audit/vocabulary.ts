/** Every type of audit entry: one vocabulary for the whole product. */
export const auditTypes = [
  'routing.decided',
  'routing.completed',
  'routing.abandoned',
  'policy.changed',
  'catalog.changed',
  'breaker.overridden',
  'breaker.reset',
  'tenant.created',
  'tenant.deleted',
  'key.issued',
  'key.revoked',
  'chain.rewound',
] as const;

export type AuditType = (typeof auditTypes)[number];
