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
});
