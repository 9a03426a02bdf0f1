import { posix } from 'node:path';
import ts from 'typescript';

/** What the law needs to know of one file. Paths are relative to `src`, with forward slashes. */
export interface Source {
  readonly path: string;
  readonly imports: readonly Import[];
  readonly uses: readonly Use[];
}

/** One edge from a file to another, to a package or to a module of Node. */
export interface Import {
  /** A path relative to `src` when `internal`, else the module's name as written. */
  readonly target: string;
  readonly internal: boolean;
  /** Erased before the program runs. */
  readonly typeOnly: boolean;
  /** `export … from`. */
  readonly reExport: boolean;
  readonly line: number;
}

/** A mention of something that the platform offers everywhere, such as `Date.now` or `process`. */
export interface Use {
  readonly name: string;
  readonly line: number;
}

const GLOBALS = new Set([
  'clearImmediate',
  'clearInterval',
  'clearTimeout',
  'console',
  'crypto',
  'performance',
  'process',
  'setImmediate',
  'setInterval',
  'setTimeout',
]);
const MEMBERS = new Set(['AbortSignal.timeout', 'Date.now', 'Math.random']);

/** Reads a file with TypeScript's own parser. */
export function readSource(path: string, text: string): Source {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const imports: Import[] = [];
  const uses: Use[] = [];
  const lineOf = (node: ts.Node) => file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
  const visit = (node: ts.Node): void => {
    const edge = importOf(node);
    if (edge !== undefined) imports.push({ ...edge, ...resolve(path, edge.target), line: lineOf(node) });
    const name = useOf(node);
    if (name !== undefined) uses.push({ name, line: lineOf(node) });
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { path, imports, uses };
}

function importOf(node: ts.Node): Pick<Import, 'target' | 'typeOnly' | 'reExport'> | undefined {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    // `import { type A }` still runs the module: only `import type` is erased.
    const typeOnly = node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
    return { target: node.moduleSpecifier.text, typeOnly, reExport: false };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
    return { target: node.moduleSpecifier.text, typeOnly: node.isTypeOnly, reExport: true };
  }
  if (
    ts.isImportTypeNode(node) &&
    ts.isLiteralTypeNode(node.argument) &&
    ts.isStringLiteral(node.argument.literal)
  ) {
    return { target: node.argument.literal.text, typeOnly: true, reExport: false };
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [specifier] = node.arguments;
    const target = specifier && ts.isStringLiteralLike(specifier) ? specifier.text : '(computed)';
    return { target, typeOnly: false, reExport: false };
  }
  return undefined;
}

function resolve(from: string, specifier: string): Pick<Import, 'target' | 'internal'> {
  if (!specifier.startsWith('.')) return { target: specifier, internal: false };
  return { target: posix.join(posix.dirname(from), specifier), internal: true };
}

function useOf(node: ts.Node): string | undefined {
  if (ts.isNewExpression(node) && isNamed(node.expression, 'Date') && !node.arguments?.length)
    return 'new Date()';
  if (ts.isCallExpression(node) && isNamed(node.expression, 'Date')) return 'Date()';
  if (ts.isPropertyAccessExpression(node)) {
    const owner = ts.isIdentifier(node.expression) ? node.expression.text : '';
    const member = `${owner}.${node.name.text}`;
    if (MEMBERS.has(member)) return member;
    return owner === 'globalThis' && GLOBALS.has(node.name.text) ? node.name.text : undefined;
  }
  return ts.isIdentifier(node) && GLOBALS.has(node.text) && isReference(node) ? node.text : undefined;
}

function isNamed(node: ts.Node, name: string): boolean {
  return ts.isIdentifier(node) && node.text === name;
}

/** Whether an identifier stands for a value, rather than naming a member, a property or a type. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isTypeQueryNode(parent) || ts.isTypeReferenceNode(parent) || ts.isQualifiedName(parent))
    return false;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  const isName = 'name' in parent && parent.name === node;
  const isPropertyName = 'propertyName' in parent && parent.propertyName === node;
  return !(isName && !ts.isImportSpecifier(parent)) && !isPropertyName;
}
