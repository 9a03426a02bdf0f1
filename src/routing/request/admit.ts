import { narrowPolicy } from '../../policies/narrow.ts';
import type { RoutingPolicy } from '../../policies/policy.ts';
import { checked, type Checked } from '../../system/checked.ts';
import { parseRouteRequest } from './parse-request.ts';
import type { RawRouteInput } from './raw-route-input.ts';
import type { RouteRequest } from './request.ts';

/** A request that may be planned, under the policy that governs it. */
export interface AdmittedRequest {
  readonly request: RouteRequest;
  readonly policy: RoutingPolicy;
}

/** Checks an input against its own rules and its tenant's policy; all issues at once. */
export function admitRequest(raw: RawRouteInput, tenantPolicy: RoutingPolicy): Checked<AdmittedRequest> {
  const parsed = parseRouteRequest(raw);
  if (!parsed.ok) return parsed;
  const request = parsed.value;
  const narrowed = narrowPolicy(tenantPolicy, request.narrowing, request.timeoutMs);
  if (!narrowed.ok) return narrowed;
  return checked({ request, policy: narrowed.value }, []);
}
