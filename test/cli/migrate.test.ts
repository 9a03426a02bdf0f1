import { describe, expect, inject, it, vi } from 'vitest';
import { migrate } from '../../src/cli/migrate.ts';
import { createTwoUsers } from '../support/databases/two-users.ts';
import { startServer } from '../support/servers/server.ts';

const run = (env: Record<string, string>) =>
  migrate({
    ...{ args: ['migrate'], env: { SWITCHYARD_LOG_LEVEL: 'silent', ...env }, id: 1, isTerminal: false },
    stopped: new Promise(() => {}),
    exit: () => {
      throw new Error('it left before it had ended');
    },
  });

describe('npm run migrate', () => {
  it.skipIf(inject('postgres') === null)(
    'prepares a database, so that servers serve from it without the owner’s URL',
    async () => {
      await using users = await createTwoUsers();
      const { DATABASE_URL } = users.environment;
      await expect(startServer({ DATABASE_URL })).rejects.toThrow('The database lacks migration');
      expect(await run({ DATABASE_URL })).toBe(1);
      expect(await run(users.environment)).toBe(0);
      await using server = await startServer({ DATABASE_URL });
      expect((await server.ask('{ viewer { roles } }')).data).toEqual({ viewer: { roles: ['ADMIN'] } });
    },
  );

  it('ends with 2 where there is nothing to migrate, or a setting is wrong', async () => {
    expect(await run({})).toBe(2);
    const error = vi.spyOn(console, 'error').mockReturnValue();
    expect(await run({ DATABASE_URL: 'mysql://db' })).toBe(2);
    expect(error).toHaveBeenCalledOnce();
    error.mockRestore();
  });
});
