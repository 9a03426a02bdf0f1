import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { addModel, PREFERRED } from '../../support/graphql/admin.ts';
import { ask } from '../../support/graphql/client.ts';
import { startScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { startServer } from '../../support/servers/server.ts';

const guide = readFileSync(new URL('../../../docs/requests.md', import.meta.url), 'utf8');
const example = (language: string) =>
  new RegExp(`^\`\`\`${language}\\n(?<text>.*?)^\`\`\`$`, 'ms').exec(guide)?.groups?.['text'] ?? '';

it('the guide to calls has an example that is answered, with notices of what was adapted', async () => {
  await using server = await startServer();
  await using them = await startScriptedProvider();
  await addModel(server, 'them', them, {
    ...PREFERRED,
    capabilities: ['TOOLS', 'JSON_SCHEMA', 'REASONING'],
    reasoningTokenFloor: 100,
    efforts: ['LOW', 'HIGH'],
  });
  const variables = JSON.parse(example('json')) as object;
  const answer = await ask(server, 'route', example('graphql'), variables);
  expect(answer).toMatchObject({
    __typename: 'RouteSuccess',
    decision: {
      labels: [{ name: 'team' }, { name: 'env' }],
      attempts: [
        {
          status: 'OK',
          notices: [
            'The reasoning effort max was asked as high, the nearest that the model takes.',
            expect.stringContaining('without strict mode') as string,
          ],
        },
      ],
    },
  });
});
