import './scalars.ts';
import './errors.ts';
import '../audit/audit.graphql.ts';
import '../catalog/change-model.graphql.ts';
import '../catalog/model.graphql.ts';
import '../catalog/provider.graphql.ts';
import '../policies/policy.graphql.ts';
import '../policies/update-policy.graphql.ts';
import '../routing/attempt.graphql.ts';
import '../routing/completion.graphql.ts';
import '../routing/decision.graphql.ts';
import '../routing/plan.graphql.ts';
import '../routing/preview.graphql.ts';
import '../routing/route-input.graphql.ts';
import '../routing/route.graphql.ts';
import '../tenants/api-key.graphql.ts';
import '../tenants/tenant.graphql.ts';
import { builder } from './builder.ts';

/** The executable schema of the whole API. */
export const schema = builder.toSchema();
