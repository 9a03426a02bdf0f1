import { createHash } from 'node:crypto';

/** What is put together to the explorer's page. */
export interface PageParts {
  /** GraphiQL's own page, as its package makes it. */
  readonly graphiql: string;
  /** What asks for the key, and the script that opens the explorer once it is there. */
  readonly form: string;
  readonly script: string;
  /** What GraphiQL is given besides the key. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** How GraphiQL's page starts itself: the last thing that its script does. */
const START = 'YogaGraphiQL.renderYogaGraphiQL(';

/**
 * The explorer's page: GraphiQL's, which opens when a key is there instead of at once, when all that it could show is
 * that it was refused. Throws when GraphiQL's page is not made as it was.
 */
export function makeExplorerPage({ graphiql, form, script, options }: PageParts): string {
  const start = graphiql.lastIndexOf(START);
  if (start < 0 || !/^[^<]*<\/script>\s*<\/body>\s*<\/html>\s*$/.test(graphiql.slice(start)))
    throw new Error('The page of GraphiQL starts in another way than this one knows.');
  // `<` could end the script.
  const explorer = JSON.stringify(options).replaceAll('<', '\\u003c');
  return `${graphiql.slice(0, start)}</script>\n${form}<script>\nconst EXPLORER = ${explorer};\n${script}</script>\n</body></html>\n`;
}

/**
 * What the page may load and run: what it brings with it, and this API. Scripts are named by their digests, so that
 * nothing that is written into the page can run there, where a key is. Nothing may frame it.
 */
export function policyOf(page: string): string {
  const scripts = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
    ([, text]) =>
      `'sha256-${createHash('sha256')
        .update(text ?? '')
        .digest('base64')}'`,
  );
  return [
    "default-src 'self' 'unsafe-inline' data: blob:",
    `script-src ${scripts.join(' ')} blob:`,
    ...["base-uri 'none'", "object-src 'none'", "frame-ancestors 'none'", "form-action 'none'"],
  ].join('; ');
}
