import { breakerModes, breakerStates } from '../breakers/rule/breaker.ts';
import { failureClasses } from '../providers/failure.ts';
import { invocationStatuses } from '../calls/call.ts';
import { capabilities } from '../catalog/model.ts';
import { maxTokensParameters } from '../catalog/traits.ts';
import { reasoningEfforts } from '../providers/message.ts';
import { policyNames } from '../policies/policy.ts';
import { decisionKinds, decisionStatuses, degradedComponents } from '../routing/record/decision.ts';
import { rejectionReasons } from '../routing/plan/plan.ts';
import { roles } from '../tenants/viewer.ts';
import { builder } from './builder.ts';

/** An enum whose GraphQL values are the upper-case forms of the product's own literals. */
function defineEnum<Value extends string>(
  name: string,
  description: string,
  values: readonly Value[],
  meaning: Readonly<Record<Value, string>>,
) {
  return builder.enumType(name, {
    description,
    values: Object.fromEntries(
      values.map((value) => [value.toUpperCase(), { value, description: meaning[value] }]),
    ),
  });
}

/** The type of `FailureClass`. */
export const FailureClassRef = defineEnum('FailureClass', 'How a provider call failed.', failureClasses, {
  TIMEOUT: 'No answer within the attempt’s time.',
  CONNECTION: 'Refused, reset, or no such host.',
  SERVER_ERROR: 'The provider answered 5xx.',
  MALFORMED: 'The answer could not be read, or was cut before its end.',
  EMPTY_OUTPUT: 'The output budget was used up without text or tool call.',
  INVALID_OUTPUT: 'The model wrote a tool call or JSON that its provider would not deliver.',
  RATE_LIMITED: 'The provider asks for a pause (429).',
  QUOTA_EXHAUSTED: 'The provider account has no money left.',
  AUTH: 'The provider refuses the credential.',
  MODEL_NOT_FOUND: 'The provider knows no such model.',
  CONTEXT_LENGTH: 'The input is longer than the model’s window.',
  CONTENT_FILTER: 'The provider refused the content.',
  INVALID_REQUEST: 'The provider finds the request invalid.',
  CANCELLED: 'The caller went away.',
  DEADLINE: 'The caller’s whole deadline ended.',
  INTERNAL: 'A fault of Switchyard’s own while calling.',
});

/** The type of `InvocationStatus`. */
export const InvocationStatusRef = defineEnum(
  'InvocationStatus',
  'The standard result of one provider call.',
  invocationStatuses,
  {
    ok: 'It answered.',
    retriable_error: 'It failed in a way that may pass.',
    terminal_error: 'It failed in a way that will not pass by itself.',
    rate_limited: 'It asked for a pause.',
    timeout: 'It did not answer in time.',
  },
);

/** The type of `BreakerState`. */
export const BreakerStateRef = defineEnum('BreakerState', 'Where a circuit breaker stands.', breakerStates, {
  CLOSED: 'Calls go through.',
  OPEN: 'No call goes through until its cool-off is over and a probe has succeeded.',
  HALF_OPEN: 'One call at a time finds out whether the model is well again.',
});

/** The type of `BreakerMode`. */
export const BreakerModeRef = defineEnum('BreakerMode', 'Who decides about a breaker.', breakerModes, {
  AUTO: 'The breaker itself, by what calls have shown.',
  FORCED_OPEN: 'An operator: no call goes through.',
  FORCED_CLOSED: 'An operator: every call goes through and nothing is counted.',
});

/** The type of `Capability`. */
export const CapabilityRef = defineEnum('Capability', 'What a model can do.', capabilities, {
  TOOLS: 'Call tools.',
  VISION: 'See images.',
  JSON_SCHEMA: 'Answer by a JSON schema.',
  STREAMING: 'Answer piece by piece.',
  REASONING: 'Reason before it answers.',
  DOCUMENTS: 'Read files such as PDF.',
  AUDIO: 'Hear sound.',
  STOP_SEQUENCES: 'End where the caller says so.',
  FORCED_TOOLS: 'Be held to calling a tool, or one tool.',
  EMBEDDINGS: 'Turn texts into vectors; it answers nothing.',
});

/** The type of `ReasoningEffort`. */
export const ReasoningEffortRef = defineEnum(
  'ReasoningEffort',
  'How long a reasoning model should think.',
  reasoningEfforts,
  {
    none: 'Not at all, or as little as the model can.',
    minimal: 'Hardly.',
    low: 'Briefly.',
    medium: 'As usual.',
    high: 'Thoroughly.',
    max: 'As hard as the model can.',
  },
);

/** The type of `MaxTokensParameter`. */
export const MaxTokensParameterRef = defineEnum(
  'MaxTokensParameter',
  'What Chat Completions calls the tokens that an answer may have.',
  maxTokensParameters,
  {
    max_tokens: 'The older name, which most providers take.',
    max_completion_tokens: 'The newer name, which OpenAI’s reasoning models need.',
  },
);

/** The type of `PolicyName`. */
export const PolicyNameRef = defineEnum('PolicyName', 'The named starting points of a policy.', policyNames, {
  balanced: 'A little of each.',
  cost_first: 'Cheap answers first.',
  quality_first: 'Good answers first.',
  latency_first: 'Fast answers first.',
  strict_no_fallback: 'The best model or none: one provider call, no fallback.',
});

/** The type of `DecisionStatus`. */
export const DecisionStatusRef = defineEnum('DecisionStatus', 'How a routed call ended.', decisionStatuses, {
  SUCCEEDED: 'A model answered.',
  REFUSED: 'Nothing was eligible, or a provider refused the request itself.',
  EXHAUSTED: 'Every planned attempt failed.',
  DEADLINE: 'The caller’s time ended.',
  CANCELLED: 'The caller went away.',
  INTERRUPTED: 'The stream broke after its first token.',
  ABANDONED: 'The instance that served it vanished before it ended.',
  PENDING: 'It is being served.',
});

/** The type of `DecisionKind`. */
export const DecisionKindRef = defineEnum('DecisionKind', 'What a decision is about.', decisionKinds, {
  CALL: 'A call for one answer: what follows its first attempt is a retry or a fallback.',
  VOTE: 'A vote: its attempts are its ballots, made at the same time.',
});

/** The type of `DegradedComponent`. */
export const DegradedComponentRef = defineEnum(
  'DegradedComponent',
  'A dependency that was away while the call was served.',
  degradedComponents,
  { REDIS: 'Events and shared counters.', DATABASE: 'The database: the record was spooled.' },
);

/** The type of `RejectionReason`. */
export const RejectionReasonRef = defineEnum(
  'RejectionReason',
  'The first reason why a model was not eligible.',
  rejectionReasons,
  {
    DISABLED: 'Switched off, archived, or without credentials.',
    NOT_ALLOWED: 'Not on the lists of the policy or the request.',
    COMPLIANCE_VETO: 'Its compliance score is below the policy’s threshold.',
    MISSING_CAPABILITY: 'It cannot do what the request needs.',
    CONTEXT_TOO_SMALL: 'Its window is smaller than input and output budget together.',
    REASONING_FLOOR: 'Its output limit leaves no room for an answer beside its reasoning.',
    OVER_BUDGET: 'Its estimated cost is above the request’s limit.',
    HARD_DOWN: 'Its key, account or name does not work.',
    BREAKER_OPEN: 'Its circuit breaker is open.',
    RATE_LIMITED: 'Its provider asked for a pause.',
  },
);

/** The type of `Role`. */
export const RoleRef = defineEnum('Role', 'What the holder of an API key may do.', roles, {
  ADMIN: 'Everything, for every tenant.',
  TENANT_ADMIN: 'Their own tenant’s policy and keys, and all its reads.',
  AGENT: 'Route calls and see their decisions.',
  VIEWER: 'See their own tenant’s data.',
});
