import {
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  type GraphQLInputType,
} from 'graphql';
import type { Picker } from './picker.ts';

const UUID = '01900000-0000-7000-8000-000000000001';

/** Texts that programs have been seen to stumble over. */
export const oddTexts: readonly string[] = [
  '',
  ' ',
  '\u0000',
  '\uD800',
  '\u202E\u200B',
  '💥'.repeat(50),
  'x'.repeat(5_000),
  '../../../etc/passwd',
  "' OR 1=1; DROP TABLE tenants; --",
  '${7*7}{{7*7}}<script>',
  '__proto__',
  'constructor',
  '%00%ff%',
  '\r\nX-Injected: 1',
  '-1',
  'NaN',
  '1e400',
  'null',
  '9'.repeat(400),
  'simulated/steady',
  'simulated/*',
  'simulated',
  'steady',
  'code',
  '2026-01-01T00:00:00Z',
  '2026-13-45T99:99:99+99:99',
  '-271821-04-20T00:00:00Z',
  'http://[::ffff:169.254.169.254]:99999/',
  'a'.repeat(64),
  UUID,
];

/** Ids and cursors, forged, of the wrong kind, cut and foreign. */
export const oddIds: readonly string[] = [
  ...['Tenant', 'RoutingDecision', 'ApiKey', 'AuditEntry', 'TenantRoutingPolicy', 'HealthCheck'].map((type) =>
    btoa(`${type}:${UUID}`),
  ),
  ...[
    'Tenant:',
    'Tenant',
    ':',
    'Model:simulated/steady',
    'Model:simulated',
    'Model:a/b/c\u0000',
    'CircuitBreaker:simulated/steady',
    'BreakerTransition:1',
    'BreakerTransition:99999999999999999999',
    'BreakerTransition:-1',
    'Provider:simulated',
    'Query:1',
    'toString:1',
    '__proto__:x',
    `AuditEntry:${UUID}:1`,
    `RoutingDecision:${UUID}\u0000`,
    'ApiKey:\uD83D'.normalize(),
  ].map((text) => Buffer.from(text).toString('base64')),
  '====',
  btoa('1'),
  btoa('9007199254740993'),
  btoa(`2026-01-01T00:00:00.000Z|${UUID}`),
  btoa('{"createdAt":1e400}'),
];

const oddNumbers: readonly unknown[] = [
  0,
  -0,
  1,
  -1,
  3,
  0.1,
  0.005,
  1e-7,
  200,
  201,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 53,
  1e21,
  1e308,
  -1e308,
];

/** Whatever JSON can say, of no type in particular. */
export function anyValue(picker: Picker, depth = 3): unknown {
  const kind = picker.int(0, depth === 0 ? 4 : 6);
  if (kind === 0) return null;
  if (kind === 1) return picker.chance(0.5);
  if (kind === 2) return picker.pick(oddNumbers);
  if (kind <= 4) return picker.pick(picker.chance(0.7) ? oddTexts : oddIds);
  const parts = picker.times(picker.int(0, 4), () => anyValue(picker, depth - 1));
  if (kind === 5) return parts;
  return Object.fromEntries(parts.map((part) => [picker.pick(oddTexts), part]));
}

/** How far values may be from what their type asks for: 0..1. */
export interface Oddness {
  readonly odd: number;
}

/** A value for a type: mostly one that it takes, now and then one that it must refuse. */
export function valueFor(picker: Picker, type: GraphQLInputType, how: Oddness, depth = 5): unknown {
  if (!isNonNullType(type) && picker.chance(depth === 0 ? 1 : 0.3))
    return picker.chance(0.5) ? null : undefined;
  if (picker.chance(how.odd)) return anyValue(picker);
  const bare = getNullableType(type);
  if (isListType(bare)) {
    const count = picker.chance(0.05) ? 200 : picker.int(0, 3);
    return picker.times(count, () => valueFor(picker, bare.ofType, how, depth - 1) ?? null);
  }
  if (isEnumType(bare)) return picker.pick(bare.getValues()).name;
  if (isInputObjectType(bare)) {
    const fields = Object.values(bare.getFields());
    const taken = bare.isOneOf && picker.chance(0.9) ? [picker.pick(fields)] : fields;
    return Object.fromEntries(
      taken
        .map((field) => [field.name, valueFor(picker, field.type, how, Math.max(0, depth - 1))] as const)
        .filter(([, value]) => value !== undefined),
    );
  }
  switch ((bare as { name?: string }).name) {
    case 'Boolean':
      return picker.chance(0.5);
    case 'Int':
    case 'SafeInt':
    case 'Float':
      return picker.pick(oddNumbers);
    case 'ID':
      return picker.pick(oddIds);
    case 'DateTime':
      return picker.pick(['2026-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z']);
    case 'JSON':
      return anyValue(picker);
    default:
      return picker.pick(picker.chance(0.8) ? oddTexts : oddIds);
  }
}
