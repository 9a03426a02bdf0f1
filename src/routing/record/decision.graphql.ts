import { builder } from '../../graphql/builder.ts';
import {
  connectionArgs,
  connectionComplexity,
  defineConnection,
  defineHeadCursor,
  pageRequest,
  toPage,
  type FollowablePage,
} from '../../graphql/connection.ts';
import {
  DecisionKindRef,
  DecisionStatusRef,
  DegradedComponentRef,
  PolicyNameRef,
} from '../../graphql/enums.ts';
import { LabelInput } from '../../graphql/label-input.ts';
import { requirePrintable } from '../../graphql/require-printable.ts';
import { AttemptRef, ModelRef, RoutingDecisionRef, RoutingPlanRef } from '../../graphql/refs.ts';
import type { RequestContext } from '../../graphql/context.ts';
import type { RoutingPolicy } from '../../policies/policy.ts';
import { fromScaledInteger } from '../../system/input/decimal.ts';
import { InvalidInputError } from '../../system/expected-error.ts';
import { lostCursor } from '../../events/lost-cursor.ts';
import { isUuid, NIL_UUID } from '../../system/input/uuid.ts';
import { knownTenantId } from '../../tenants/tenant.store.ts';
import { isInScope } from '../../tenants/viewer-scope.ts';
import type { Label } from '../request/request.ts';
import { beginning, decodeDecisionCursor, encodeDecisionCursor } from './decision-cursor.ts';
import { viewDecision } from './decision-view.ts';
import { decisionKind, type DecisionView } from './decision.ts';
import { hasDecision, listDecisions, loadDecision, readHeadCursor } from './decision.store.ts';

const PolicySnapshotRef = builder.objectRef<RoutingPolicy>('PolicySnapshot').implement({
  description: 'The policy that a call was routed under: the tenant’s, as the request narrowed it.',
  fields: (t) => ({
    name: t.expose('policyName', { type: PolicyNameRef, description: 'The preset it began with.' }),
    qualityWeight: t.float({
      description: 'How much quality counted, 0..1.',
      resolve: ({ qualityWeightPct }) => fromScaledInteger(qualityWeightPct, 2),
    }),
    latencyWeight: t.float({
      description: 'How much speed counted, 0..1.',
      resolve: ({ latencyWeightPct }) => fromScaledInteger(latencyWeightPct, 2),
    }),
    costWeight: t.float({
      description: 'How much price counted, 0..1.',
      resolve: ({ costWeightPct }) => fromScaledInteger(costWeightPct, 2),
    }),
    fallbackEnabled: t.exposeBoolean('fallbackEnabled', {
      description: 'Whether another model might be tried.',
    }),
    fallbackCostPenaltyPct: t.float({
      description: 'Percent by which dearer fallbacks were put back.',
      resolve: ({ fallbackCostPenaltyBps }) => fromScaledInteger(fallbackCostPenaltyBps, 2),
    }),
    complianceVetoThreshold: t.float({
      description: 'The compliance score that a model needed, 0..1.',
      resolve: ({ complianceVetoThresholdPct }) => fromScaledInteger(complianceVetoThresholdPct, 2),
    }),
    nearEqualMargin: t.float({
      description: 'How far below the best score a model still shared the first place; 0: not at all.',
      resolve: ({ nearEqualMarginPct }) => fromScaledInteger(nearEqualMarginPct, 2),
    }),
    version: t.exposeInt('version', { description: 'The version of the tenant’s policy.' }),
  }),
});

const LabelRef = builder.objectRef<Label>('Label').implement({
  description: 'A name and a value by which its caller finds a call again.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name, once in a call.' }),
    value: t.exposeString('value', { description: 'What the call has under it.' }),
  }),
});

builder.node(RoutingDecisionRef, {
  description: 'What was decided for one routed call, from what, and what came of it.',
  id: { resolve: ({ decision }) => decision.id, description: 'The decision’s global id.' },
  loadOne: (id, context) => findDecision(id, context),
  fields: (t) => ({
    cursor: t.string({
      nullable: true,
      description: 'Its place among its tenant’s decisions: what `after` takes. Null while it is pending.',
      resolve: ({ decision }) => (decision.auditSeq === null ? null : encodeDecisionCursor(decision)),
    }),
    tenantId: t.globalID({
      description: 'The tenant whose call it was.',
      resolve: ({ decision }) => ({ type: 'Tenant', id: decision.tenantId }),
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was decided.',
      resolve: ({ decision }) => decision.createdAt,
    }),
    completedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ended; null while it is pending.',
      resolve: ({ decision }) => decision.completedAt,
    }),
    latencyMs: t.int({
      nullable: true,
      description: 'The whole call’s time; null while it is pending, or when nobody knows.',
      resolve: ({ decision }) => decision.latencyMs,
    }),
    costUsd: t.float({
      nullable: true,
      description: 'What all its attempts cost at the catalog’s prices, USD; null while nothing is known.',
      resolve: ({ decision: { costMicroUsd } }) => costMicroUsd && fromScaledInteger(costMicroUsd, 6),
    }),
    model: t.field({
      type: ModelRef,
      nullable: true,
      description: 'The model that answered; null when none did.',
      resolve: ({ decision: { modelKey } }, _, { services }) =>
        modelKey === null ? null : (services.catalog.view().model(modelKey)?.model ?? null),
    }),
    policy: t.field({
      type: PolicySnapshotRef,
      description: 'The policy that applied.',
      resolve: ({ decision }) => decision.planInput.policy,
    }),
    plan: t.field({
      type: RoutingPlanRef,
      description: 'What was planned, and why: made again from what was stored, bit for bit.',
      resolve: (view) => view.plan(),
    }),
    attempts: t.field({
      type: [AttemptRef],
      description: 'The provider calls that were made, in order; empty while it is pending.',
      resolve: ({ decision }) => [...decision.attempts],
    }),
    kind: t.field({
      type: DecisionKindRef,
      description: 'What was asked for.',
      resolve: ({ decision }) => decisionKind(decision),
    }),
    status: t.field({
      type: DecisionStatusRef,
      description: 'How it ended.',
      resolve: ({ decision }) => decision.status,
    }),
    workflowId: t.string({
      nullable: true,
      description: 'The caller’s own name for what the call belongs to.',
      resolve: ({ decision }) => decision.workflowId,
    }),
    labels: t.field({
      type: [LabelRef],
      description: 'The labels that the caller gave it, in its order.',
      resolve: ({ decision }) => [...(decision.labels ?? [])],
    }),
    auditSeq: t.field({
      type: 'SafeInt',
      nullable: true,
      description: 'The place of its end in the tenant’s audit chain; null while it is pending.',
      resolve: ({ decision }) => decision.auditSeq,
    }),
    degraded: t.field({
      type: [DegradedComponentRef],
      description: 'What was away meanwhile; empty: nothing.',
      resolve: ({ decision }) => [...decision.degraded],
    }),
  }),
});

/** The decision of this id if it is the viewer's to see. */
async function findDecision(id: string, { viewer, services }: RequestContext): Promise<DecisionView | null> {
  const decision = isUuid(id) ? await loadDecision(services.database.reads.of(viewer.tenantId), id) : null;
  if (decision === null || !isInScope(viewer, decision.tenantId)) return null;
  return viewDecision(decision);
}

builder.queryField('routingDecision', (t) =>
  t.field({
    type: RoutingDecisionRef,
    nullable: true,
    description: 'One decision; null when it is not there, or not the caller’s to see.',
    authScopes: { may: 'readDecisions' },
    args: { id: t.arg.globalID({ required: true, description: 'The decision’s id.' }) },
    resolve: (_, { id }, context) =>
      id.typename === 'RoutingDecision' ? findDecision(id.id, context) : null,
  }),
);

const RoutingDecisionConnection = defineConnection<DecisionView>('RoutingDecision', RoutingDecisionRef);

defineHeadCursor(
  RoutingDecisionConnection,
  'Stood after every ended decision when this page was read: follow the list’s changes from here.',
);

builder.queryField('routingDecisions', (t) =>
  t.field({
    type: RoutingDecisionConnection,
    nullable: true,
    description: 'A tenant’s decisions, newest first; null when the tenant is not the caller’s to see.',
    authScopes: { may: 'readDecisions' },
    complexity: connectionComplexity,
    args: {
      tenantId: t.arg.globalID({
        description: 'Absent: the caller’s own tenant. Naming another needs ADMIN.',
      }),
      status: t.arg({ type: DecisionStatusRef, description: 'Only those that ended so.' }),
      workflowId: t.arg.string({ description: 'Only those that the caller named so.' }),
      label: t.arg({ type: LabelInput, description: 'Only those with this label: its name and its value.' }),
      modelKey: t.arg.string({ description: 'Only those that this model answered, by `provider/model`.' }),
      since: t.arg({ type: 'DateTime', description: 'Only those decided at or after.' }),
      ...connectionArgs,
    },
    resolve: async (
      _,
      { tenantId: named, since, ...args },
      { viewer, services },
    ): Promise<FollowablePage<DecisionView> | null> => {
      const tenantId = await knownTenantId(services.database.reads.of(viewer.tenantId), viewer, named);
      if (tenantId === undefined) return null;
      const page = pageRequest(args);
      const { status = null, workflowId = null, label = null, modelKey = null } = args;
      requirePrintable({ workflowId, modelKey, 'label.name': label?.name, 'label.value': label?.value });
      const filter = { tenantId, status, workflowId, label, modelKey, since: since?.getTime() ?? null };
      const db = services.database.reads.of(viewer.tenantId);
      // Read before the page: what ends in between is on the page and comes again, instead of never.
      const head = await readHeadCursor(db, tenantId);
      const after = toCursor(page.after);
      if (after !== null && after.id !== NIL_UUID && !(await hasDecision(db, tenantId, after.id)))
        throw lostCursor();
      const decisions = await listDecisions(db, filter, after, page.first + 1);
      const views = decisions.map((decision) => viewDecision(decision));
      return {
        ...toPage(page, views, ({ decision }) => encodeDecisionCursor(decision)),
        headCursor: encodeDecisionCursor(head ?? beginning),
      };
    },
  }),
);

function toCursor(after: string | null) {
  if (after === null) return null;
  const cursor = decodeDecisionCursor(after);
  if (cursor !== undefined) return cursor;
  throw new InvalidInputError([{ path: ['after'], message: 'is no cursor of this list' }]);
}
