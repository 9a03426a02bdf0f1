import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly ports?: string[];
  readonly networks: string[];
  readonly volumes?: string[];
  readonly read_only: boolean;
  readonly privileged?: boolean;
  readonly cap_drop: string[];
  readonly security_opt: string[];
}

const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
};
const services = Object.entries(compose.services);
const instructions = read('Dockerfile')
  .replaceAll(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => /^[A-Z]+ /.test(line));
const DIGEST = /^[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}$/;

describe('the image', () => {
  it('stands on another by its digest, the same in each of its stages', () => {
    const bases = instructions.filter((line) => line.startsWith('FROM ')).map((line) => line.split(' ')[1]);
    expect(bases.length).toBeGreaterThan(0);
    expect(new Set(bases).size).toBe(1);
    expect(bases[0]).toMatch(DIGEST);
  });

  it('runs as a user without rights, after which nothing changes its files', () => {
    const user = instructions.findIndex((line) => line.startsWith('USER '));
    expect(instructions[user]).toBe('USER node');
    expect(instructions.slice(user).filter((line) => /^(USER|RUN|COPY|ADD) /.test(line))).toHaveLength(1);
    expect(instructions.some((line) => line.startsWith('HEALTHCHECK '))).toBe(true);
  });

  it('takes no file but those that are named', () => {
    const [first, ...rest] = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(first).toBe('*');
    expect(
      rest.filter((line) => line.startsWith('!')).every((line) => !/env|key|\.git|test/.test(line)),
    ).toBe(true);
    for (const line of instructions) expect(line).not.toMatch(/^(COPY|ADD) (\.|--chown\S* \.) /);
  });
});

describe.each(services)('the container %s', (name, service) => {
  it('writes to volumes and memory alone, and cannot become more than it is', () => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
    expect(service.privileged).toBeUndefined();
  });

  it('is of an image by its digest, or of this one', () => {
    expect([service.image ?? '', service.build ?? '']).toEqual(
      service.build === undefined ? [expect.stringMatching(DIGEST), ''] : ['', '.'],
    );
  });

  it('has no password that anybody knows', () => {
    const text = JSON.stringify(service);
    for (const [, given] of text.matchAll(/\$\{(\w*PASSWORD\w*[^}]*)\}/g)) expect(given).toMatch(/^\w+:\?$/);
    for (const [variable, value] of Object.entries(service.environment)) {
      if (/PASSWORD/.test(variable)) expect(value).toMatch(/^\$\{\w+:\?\}$/);
      for (const [, secret] of value.matchAll(/:\/\/[^/@:]*:([^@]*)@/g))
        expect(secret).toMatch(/^\$\{\w+:\?\}$/);
    }
  });

  it('is reached from outside by the port of the API alone, on this machine', () => {
    expect(service.ports ?? []).toEqual(name === 'switchyard' ? ['127.0.0.1:4000:4000'] : []);
    expect(compose.networks['inside']).toEqual({ internal: true });
    if (name !== 'switchyard') expect(service.networks).toEqual(['inside']);
  });
});

it('the server is not told the owner’s password, and its two users are made as the guide says', () => {
  expect(Object.keys(compose.services['switchyard']!.environment)).not.toContain(
    'SWITCHYARD_MIGRATION_DATABASE_URL',
  );
  const guide = /```sql\n([^`]*)```/.exec(read('docs/operations.md'))![1]!;
  const statements = (text: string) =>
    text.replaceAll(/PASSWORD \S+;/g, 'PASSWORD;').match(/^([A-Z\\].*)$/gm);
  const script = /<<'SQL'\n(.*?)^SQL$/ms.exec(read('docker/create-users.sh'))![1]!;
  expect(statements(script)).toEqual(statements(guide));
});
