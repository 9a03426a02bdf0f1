import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openClientStage, type ClientStage } from './stage.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const guide = readFileSync(`${here}../../docs/clients.md`, 'utf8');
const blocks = [...guide.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].map(([, language, text]) => ({
  language: language ?? '',
  text: text ?? '',
}));

let stage: ClientStage;
beforeAll(async () => {
  stage = await openClientStage();
});
afterAll(() => stage[Symbol.asyncDispose]());

/** Runs the one block that has a text in it, as it stands but for the server's address, and tells what it prints. */
async function run(part: string, more = '', key = stage.apiKey): Promise<string> {
  const found = blocks.filter(({ text }) => text.includes(part));
  expect(found.map(({ language }) => language)).toHaveLength(1);
  const [{ language, text }] = found as [(typeof blocks)[number]];
  const code = text.replaceAll('127.0.0.1:4000', new URL(stage.origin).host) + more;
  const [program, args]: [string, string[]] =
    language === 'sh'
      ? ['sh', ['-c', code]]
      : [process.execPath, ['--input-type=module-typescript', '--no-warnings', '--eval', code]];
  const env = { ...process.env, SWITCHYARD_KEY: key, ADMIN_KEY: stage.apiKey };
  const { stdout } = await promisify(execFile)(program, args, { cwd: here, env, timeout: 50_000 });
  return stdout;
}

/** Ends a program that follows a subscription with what it prints first. */
const untilFirst = `
const print = console.log;
console.log = (...said) => (print(JSON.stringify(said)), process.exit());
`;

const states =
  /"circuitBreakers":\{"(__typename":"CircuitBreaker","|)providerSlug":"[\w-]+","modelSlug":"[\w-]+","state":"CLOSED"/;

test('an admin key gives out a key that calls and follows', async () => {
  const { data } = JSON.parse(await run('issueApiKey')) as { data: { issueApiKey: { secret: string } } };
  const { secret } = data.issueApiKey;
  expect(await run('curl http://127.0.0.1:4000/v1/chat', '', secret)).toContain('"content":"Hello."');
  expect(await run("from '@urql/core'", untilFirst, secret)).toMatch(states);
});

test('curl calls', async () => {
  expect(await run('curl http://127.0.0.1:4000/v1/chat')).toContain('"content":"Hello."');
});

test.for([
  ['openai', "from 'openai'"],
  ['the AI SDK', "from 'ai'"],
  ['LangChain', "from '@langchain/openai'"],
] as const)('%s calls', async ([, part]) => {
  expect(await run(part)).toBe('Hello.\n');
});

test.for([
  ['Apollo Client', "from '@apollo/client'"],
  ['urql', "from '@urql/core'"],
] as const)('%s follows circuit breakers', async ([, part]) => {
  expect(await run(part, untilFirst)).toMatch(states);
});

test('Relay queries, and follows circuit breakers', async () => {
  const ask = `
const ask = (name, text) => new Promise((resolve, reject) => {
  const subscription = network.execute({ name, text, operationKind: text.split(' ')[0] }, {}, { force: true }).subscribe({
    next: (value) => (resolve(value), setTimeout(() => subscription.unsubscribe())),
    error: reject,
  });
});
console.log(JSON.stringify(await ask('Who', 'query Who { viewer { roles } }')));
console.log(JSON.stringify(await ask('Live', 'subscription Live { circuitBreakers { providerSlug modelSlug state } }')));
process.exit();
`;
  const [queried, followed] = (await run("from 'relay-runtime'", ask)).split('\n');
  expect(queried).toContain('"roles":["ADMIN"]');
  expect(followed).toMatch(states);
});
