import { permissions, type Permission } from './permissions.ts';
import { roles } from './viewer.ts';

/**
 * The text of docs/roles.md: what each role may do, and which fields of the API it takes. Made from the one table that
 * decides, so that it cannot say anything else.
 */
export function rolesGuide(fieldsOf: ReadonlyMap<Permission, readonly string[]>): string {
  const names = Object.keys(permissions) as Permission[];
  const rows = names.map((permission) => [
    permissions[permission].meaning,
    ...roles.map((role) =>
      (permissions[permission].roles as readonly string[]).includes(role) ? 'yes' : '',
    ),
    (fieldsOf.get(permission) ?? []).map((name) => `\`${name}\``).join(' '),
  ]);
  return `${INTRODUCTION}
${table([['may …', ...roles, 'fields of the API'], ...rows])}
${ENDING}`;
}

const INTRODUCTION = `# Roles

An API key has one or more roles, and may do what any of them may, in its own tenant; only an ADMIN names another (\`tenantId\`). \`npm run schema:print\` makes this page from the code that decides.
`;

const ENDING = `A field that is not in the table takes any key, or is guarded by the type that it belongs to.

Who lacks a role is answered with an error of the code FORBIDDEN, whose message names the role that it takes and those that the key has. What belongs to another tenant is answered as what is not there (\`null\`, or NOT_FOUND), so that nobody learns which tenants exist.

\`issueApiKey\` gives out keys: \`mutation { issueApiKey(input: { roles: [AGENT], label: "my application" }) { ... on IssueApiKeyPayload { secret } } }\`.
`;

/** A table of Markdown, its columns as wide as their widest cell. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |\n`;
  const [head = [], ...body] = rows;
  return line(head) + line(widths.map((width) => '-'.repeat(width))) + body.map(line).join('');
}
