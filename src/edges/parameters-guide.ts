import { markdownTable } from '../tenants/roles-guide.ts';
import { chatParameters } from './chat/parameters.ts';
import { embeddingsParameters } from './embeddings/parameters.ts';
import { messagesParameters } from './messages/parameters.ts';
import { responsesParameters } from './responses/parameters.ts';
import type { Fate, ParameterTable } from './common/parameters.ts';

/** The tables of all APIs, by their paths: the only place that knows what becomes of a parameter. */
export const apiParameters: Readonly<Record<string, ParameterTable>> = {
  'POST /v1/chat/completions': chatParameters,
  'POST /v1/responses': responsesParameters,
  'POST /v1/messages': messagesParameters,
  'POST /v1/embeddings': embeddingsParameters,
};

/** The text of docs/parameters.md: what becomes of each parameter of each API. */
export function parametersGuide(): string {
  const tables = Object.entries(apiParameters).map(([path, parameters]) => {
    const rows = Object.entries(parameters).map(([name, { fate, note, neutral = [] }]) => {
      const except = neutral.length === 0 ? '' : `; as good as absent: ${list(neutral)}`;
      return [`\`${name}\``, fates[fate], note + except];
    });
    return `## \`${path}\`\n\n${markdownTable([['parameter', 'fate', ''], ...rows])}`;
  });
  return `${INTRODUCTION}\n${tables.join('\n')}`;
}

const fates = {
  translated: 'translated',
  passed: 'passed on',
  refused: 'refused',
  harmless: 'accepted',
} as const satisfies Record<Fate, string>;

function list(values: readonly unknown[]): string {
  return values.map((value) => `\`${JSON.stringify(value)}\``).join(', ');
}

const INTRODUCTION = `# Parameters of the clients' APIs

What Switchyard makes of each documented parameter. _Translated_: whichever model answers is asked for it. _Passed on_: providers of the same dialect get it as it is. _Refused_: 400, and \`param\` names it; null is always as good as absent. _Accepted_: it asks for nothing that the answer lacks. What is not in a table is refused as unknown; by \`POST /v1/messages\` it is passed on, or refused where an option of a provider is. \`npm run schema:print\` makes this page from the tables that decide.
`;
