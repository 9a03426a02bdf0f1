import { permissions, type Permission } from './permissions.ts';
import { roles } from './viewer.ts';

/** The root fields that need each permission, and what is guarded below them. */
interface Fields extends ReadonlyMap<Permission, readonly string[]> {
  readonly guarded: readonly {
    readonly name: string;
    readonly permission: Permission;
    readonly otherwise: 'FORBIDDEN' | 'less';
  }[];
}

/**
 * The text of docs/roles.md: what each role may do, which fields of the API it may ask for, and which of their fields
 * are for some roles only. Made from the one table that decides, so that it cannot say anything else.
 */
export function rolesGuide(fields: Fields): string {
  const names = Object.keys(permissions) as Permission[];
  const allowed = names.map((permission) => [permissions[permission].meaning, ...allowing(permission)]);
  const roots = names
    .flatMap((permission) => (fields.get(permission) ?? []).map((name) => ({ name, permission })))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, permission }) => [`\`${name}\``, ...allowing(permission)]);
  const guarded = fields.guarded.map(({ name, permission, otherwise }) => [
    `\`${name}\``,
    ...allowing(permission),
    otherwise === 'FORBIDDEN' ? 'FORBIDDEN' : '`null`, or less',
  ]);
  return `${INTRODUCTION}
${markdownTable([['may …', ...roles], ...allowed])}
${ROOT_FIELDS}
${markdownTable([['field', ...roles], ...roots])}
${GUARDED_FIELDS}
${markdownTable([['field or type', ...roles, 'others are answered'], ...guarded])}
${ENDING}`;
}

/** Which roles may, each in its column. */
function allowing(permission: Permission): string[] {
  const allowed: readonly string[] = permissions[permission].roles;
  return roles.map((role) => (allowed.includes(role) ? 'yes' : ''));
}

const INTRODUCTION = `# Roles

An API key has one or more roles, and may do what any of them may, in its own tenant; only an ADMIN names another (\`tenantId\`). \`npm run schema:print\` makes this page from the code that decides.
`;

const ROOT_FIELDS = `## Root fields

Each names the permission that it takes; one that names none keeps the server from starting. An operation is judged by them before its variables are.
`;

const GUARDED_FIELDS = `## Fields and types for some roles

What a caller reaches through a field that it may ask for is its to see, but for these.
`;

const ENDING = `Who lacks a role is answered with an error of the code FORBIDDEN, whose message names the role that it takes and those that the key has. What belongs to another tenant is answered as what is not there (\`null\`, or NOT_FOUND), so that nobody learns which tenants exist.

\`issueApiKey\` gives out keys: \`mutation { issueApiKey(input: { roles: [AGENT], label: "my application" }) { ... on IssueApiKeyPayload { secret } } }\`.
`;

/** A table of Markdown, its first row the head, its columns as wide as their widest cell. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |\n`;
  const [head = [], ...body] = rows;
  return line(head) + line(widths.map((width) => '-'.repeat(width))) + body.map(line).join('');
}
