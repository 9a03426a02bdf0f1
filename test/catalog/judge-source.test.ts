import { describe, expect, it } from 'vitest';
import { judgeSource } from '../../src/catalog/source/judge-source.ts';
import { openOutbound } from '../../src/providers/base-url.ts';

const judge = (content: string) =>
  judgeSource({ content, atsSource: 'catalog-file' }, 0, openOutbound).map(({ path }) => path.join('.'));

const facts =
  'contextWindowTokens: 8000, inputUsdPerMillionTokens: 1, outputUsdPerMillionTokens: 2, maxOutputTokens';

describe('a source before it is applied', () => {
  it('has no faults when it is sound', () => {
    expect(judge(`providers: [{ slug: lab, adapter: openai, models: [{ slug: m, ${facts}: 8 }] }]`)).toEqual(
      [],
    );
  });

  it('has its faults of shape and of value named together, and none of what is faulty above', () => {
    const models = `[{ slug: m, ${facts}: -1 }, { slug: n, capabilities: TOOLS, ${facts}: -2 }]`;
    expect(judge(`providers: [{ slug: lab, adapter: 7, baseUrl: 'ftp://x', models: ${models} }]`)).toEqual([
      'providers.0.adapter',
      'providers.0.models.1.capabilities',
      'providers.0.baseUrl',
      'providers.0.models.0.maxOutputTokens',
      'providers.0.models.1.maxOutputTokens',
    ]);
  });

  it('has the place named where it is no YAML', () => {
    expect(judge('providers: [')).toEqual([expect.stringMatching(/^line 1\.column/)]);
  });
});
