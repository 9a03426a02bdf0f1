import { insert, OTHER } from '../rows.ts';
import { rows, statements } from './violation.ts';

const open = {
  state: `'OPEN'`,
  generation: '1',
  opened_at: 'now()',
  open_until: 'now()',
  cool_off_ms: '60000',
};
const halfOpen = { state: `'HALF_OPEN'`, generation: '1', half_open_at: 'now()' };

/** What breakers, their transitions and health checks must not be. */
export const breakerViolations = [
  ...rows('provider_health_checks', 'outcome_known', { outcome: `'OK'`, failure_class: `'TIMEOUT'` }),
  ...rows(
    'provider_health_checks',
    'failure_has_class',
    { outcome: `'timeout'` },
    { failure_class: `'TIMEOUT'` },
  ),
  ...rows('provider_health_checks', 'latency_not_negative', { latency_ms: '-1' }),
  ...rows('provider_health_checks', 'cost_not_negative', { cost_micro_usd: '-1' }),
  ...rows('probe_schedule', 'prober_has_lease', { prober: `'${OTHER}'` }, { lease_until: 'now()' }),
  ...rows('probe_schedule', 'cost_not_negative', { usual_cost_micro_usd: '-1' }),
  ...rows('circuit_breakers', 'wary_have_ends', { wary_tenants: `ARRAY['${OTHER}']::uuid[]` }),
  ...rows('circuit_breakers', 'state_known', { state: `'AJAR'`, generation: '1' }),
  ...rows('circuit_breakers', 'mode_known', { mode: `'MANUAL'`, mode_actor: `'a'`, mode_reason: `'r'` }),
  ...rows(
    'circuit_breakers',
    'open_has_cool_off',
    { ...open, opened_at: 'NULL' },
    { ...open, open_until: 'NULL' },
    { ...open, cool_off_ms: 'NULL' },
    { ...open, open_until: `now() - interval '1 second'` },
  ),
  ...rows('circuit_breakers', 'half_open_has_instant', { ...halfOpen, half_open_at: 'NULL' }),
  ...rows('circuit_breakers', 'closed_has_no_cool_off', { open_until: 'now()' }),
  ...rows('circuit_breakers', 'cool_off_in_bounds', { cool_off_ms: '0' }, { cool_off_ms: '86400001' }),
  ...rows(
    'circuit_breakers',
    'probe_has_lease',
    { ...halfOpen, probe_token: `'${OTHER}'` },
    { ...halfOpen, probe_lease_until: 'now()' },
  ),
  ...rows('circuit_breakers', 'probe_only_half_open', {
    ...open,
    probe_token: `'${OTHER}'`,
    probe_lease_until: 'now()',
  }),
  ...rows(
    'circuit_breakers',
    'failures_counted',
    { consecutive_failures: '1' },
    { failure_instants: 'ARRAY[now()]' },
    { consecutive_failures: '1', failure_instants: 'ARRAY[NULL::timestamptz]' },
  ),
  ...rows('circuit_breakers', 'revision_not_negative', { revision: '-1' }),
  ...rows('circuit_breakers', 'generation_not_negative', { generation: '-1' }),
  ...rows('circuit_breakers', 'first_generation_is_closed', { ...open, generation: '0' }),
  ...rows('circuit_breakers', 'trip_count_not_negative', { trip_count: '-1' }),
  ...rows('circuit_breakers', 'neutral_probes_not_negative', { neutral_probes: '-1' }),
  ...rows(
    'circuit_breakers',
    'forced_mode_is_signed',
    { mode: `'FORCED_OPEN'`, mode_actor: `'a'` },
    { mode: `'FORCED_CLOSED'`, mode_reason: `'r'` },
  ),
  ...rows('circuit_breakers', 'auto_mode_has_no_end', { mode_until: 'now()' }),
  ...[
    'SET revision = revision',
    'SET revision = revision + 2',
    'SET revision = revision + 1, generation = generation - 1',
    `SET revision = revision + 1, state = 'CLOSED', open_until = NULL`,
  ].flatMap((change) =>
    statements(
      'circuit_breakers_move_forward',
      insert('circuit_breakers', { ...open, revision: '7' }),
      `UPDATE circuit_breakers ${change}`,
    ),
  ),
  ...rows('breaker_transitions', 'seq_positive', { seq: '0' }),
  ...rows('breaker_transitions', 'from_known', { from: `'AJAR'` }),
  ...rows('breaker_transitions', 'to_known', { to: `'AJAR'` }),
  ...rows('breaker_transitions', 'mode_known', { mode: `'MANUAL'` }),
  ...rows('breaker_transitions', 'generation_positive', { generation: '0' }),
  ...statements(
    'breaker_transitions_append_only',
    insert('breaker_transitions'),
    `UPDATE breaker_transitions SET reason = ''`,
  ),
  ...statements('breaker_transitions_append_only', 'TRUNCATE breaker_transitions'),
  ...statements(
    'breaker_transition_counter_single_row',
    'INSERT INTO breaker_transition_counter (id) VALUES (2)',
  ),
  ...statements(
    'breaker_transition_counter_seq_not_negative',
    'DELETE FROM breaker_transition_counter',
    'INSERT INTO breaker_transition_counter VALUES (1, -1)',
  ),
  ...statements(
    'breaker_transition_counter_only_rises',
    'UPDATE breaker_transition_counter SET seq = 3',
    'UPDATE breaker_transition_counter SET seq = 3',
  ),
];
