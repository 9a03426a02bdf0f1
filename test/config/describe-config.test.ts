import { writeFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { runConfig } from '../../src/cli/config.ts';
import { describeConfig } from '../../src/config/describe-config.ts';
import { variables } from '../../src/config/variables.ts';

describe('describeConfig', () => {
  test('shows what is set, what is not, and every variable', () => {
    const text = describeConfig({ PORT: '8080' });
    expect(text).toContain('PORT = 8080\n');
    expect(text).toContain('HOST = 127.0.0.1 (default)\n');
    expect(text).toContain('DATABASE_URL = embedded Postgres in the data directory (default)\n');
    for (const variable of Object.values(variables)) expect(text).toContain(`${variable.name} = `);
  });

  test('never shows a secret', () => {
    const text = describeConfig({
      DATABASE_URL: 'postgres://switchyard:hunter2@db/switchyard',
      REDIS_URL: 'redis://:hunter2@redis',
      SWITCHYARD_ADMIN_KEY: 'swy_live_k1_hunter2',
    });
    expect(text).not.toContain('hunter2');
    expect(text).toContain('DATABASE_URL = (set, not shown)\n');
  });
});

describe('runConfig', () => {
  test('prints the problems instead, and exits 2, when there are any', () => {
    const error = vi.spyOn(console, 'error').mockReturnValue();
    const log = vi.spyOn(console, 'log').mockReturnValue();
    expect(runConfig({ PORT: 'http', SWITCHYARD_LOG_LEVEL: 'loud' })).toBe(2);
    expect(error).toHaveBeenCalledTimes(2);
    expect(log).not.toHaveBeenCalled();
    expect(runConfig({})).toBe(0);
    expect(log).toHaveBeenCalledOnce();
    vi.restoreAllMocks();
  });

  test('judges the catalog file that is named, every fault of it by its place', async () => {
    const error = vi.spyOn(console, 'error').mockReturnValue();
    const log = vi.spyOn(console, 'log').mockReturnValue();
    await using folder = await mkdtempDisposable(join(tmpdir(), 'switchyard-'));
    const named = join(folder.path, 'catalog.yaml');
    const judge = (text: string) => {
      writeFileSync(named, text);
      return runConfig({ SWITCHYARD_CATALOG: named });
    };
    expect(
      judge('providers: [{ slug: lab, adapter: azure, models: [{ slug: m, capabilities: [FLY] }] }]'),
    ).toBe(2);
    expect(error.mock.calls.flat().join('\n')).toMatch(
      /^SWITCHYARD_CATALOG: providers\.0\.baseUrl: .*\nSWITCHYARD_CATALOG: providers\.0\.models\.0\.capabilities: /,
    );
    expect(judge('providers: [{ slug: lab, adapter: openai, modls: [] }]')).toBe(2);
    expect(runConfig({ SWITCHYARD_CATALOG: join(folder.path, 'none.yaml') })).toBe(2);
    expect(log).not.toHaveBeenCalled();
    expect(judge('providers: [{ slug: lab, adapter: openai }]')).toBe(0);
    vi.restoreAllMocks();
  });
});
