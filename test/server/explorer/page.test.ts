import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { makeExplorerPage, policyOf } from '../../../src/server/explorer/page.ts';

const graphiql = `<body><div id="root"></div><script>
bundle();
YogaGraphiQL.renderYogaGraphiQL(
  window.document.querySelector('#root'),
  {"title":"x"},
);
</script></body></html>
`;
const parts = {
  graphiql,
  form: '<form></form>\n',
  script: 'open();\n',
  options: { defaultQuery: '</script>' },
};

test('the explorer does not start by itself: the form and its script come instead', () => {
  expect(makeExplorerPage(parts)).toBe(`<body><div id="root"></div><script>
bundle();
</script>
<form></form>
<script>
const EXPLORER = {"defaultQuery":"\\u003c/script>"};
open();
</script>
</body></html>
`);
});

test('a page of GraphiQL that starts in another way is not served half', () => {
  for (const other of ['', '<script>start()</script></body></html>', `${graphiql}<script>more()</script>`])
    expect(() => makeExplorerPage({ ...parts, graphiql: other })).toThrow(/starts in another way/);
});

test('the policy names every script of the page by its digest, and no other', () => {
  const page = makeExplorerPage(parts);
  const digests = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
    ([, text]) => `'sha256-${createHash('sha256').update(text!).digest('base64')}'`,
  );
  expect(digests).toHaveLength(2);
  expect(policyOf(page)).toContain(`script-src ${digests.join(' ')} blob:;`);
  expect(policyOf(page)).not.toMatch(/unsafe-eval|https?:|\*/);
});
