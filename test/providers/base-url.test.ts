import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefusedHost } from '../../src/providers/address.ts';
import { checkBaseUrl, defaultBaseUrls } from '../../src/providers/base-url.ts';
import { adapters } from '../../src/providers/provider.ts';

const check = (baseUrl: string | null) => checkBaseUrl('openai-compatible', baseUrl);

describe('a base URL', () => {
  it.each([
    'https://api.example.com/v1',
    'http://localhost:11434/v1',
    'http://127.0.0.1:8000',
    'http://10.1.2.3/openai/v1/',
    'http://[::1]:8080/v1',
    'http://vllm_server:8000/v1',
    'HTTPS://API.EXAMPLE.COM',
  ])('may be %s', (baseUrl) => {
    expect(check(baseUrl)).toBeUndefined();
  });

  it.each([
    'api.example.com/v1',
    'ftp://example.com',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'https://',
    'https:///v1',
    'https://example.com/v1?key=1',
    'https://example.com/v1#x',
    'https://example.com\\@169.254.169.254/',
    'https://example.com/ v1',
    ' https://example.com',
    'simulated:?latencyMs=1',
    '',
  ])('may not be %j', (baseUrl) => {
    expect(check(baseUrl)).toBeDefined();
  });

  it('carries no credentials, and the refusal does not repeat them', () => {
    const issue = check('https://user:hunter2@example.com/v1');
    expect(issue).toContain('must not contain');
    expect(issue).not.toContain('hunter2');
  });

  it.each([
    'http://169.254.169.254/latest',
    'http://169.254.1.1',
    'http://100.100.100.200',
    'http://metadata.google.internal/computeMetadata',
    'http://METADATA.google.internal./',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/',
    'http://[::ffff:169.254.169.254]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[64:ff9b::169.254.169.254]/',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://0xa9.254.169.254/',
    'http://169.254.43518/',
  ])('may not lead to link-local or metadata addresses: %s', (baseUrl) => {
    expect(check(baseUrl)).toBeDefined();
  });

  it('is required where a dialect has no home, and optional elsewhere', () => {
    expect(checkBaseUrl('openai-compatible', null)).toContain('required');
    for (const adapter of adapters.filter((name) => name !== 'openai-compatible')) {
      expect(checkBaseUrl(adapter, null)).toBeUndefined();
    }
  });

  it('passes its own check wherever it is the default', () => {
    for (const adapter of adapters.filter((name) => defaultBaseUrls[name] !== null)) {
      expect(checkBaseUrl(adapter, defaultBaseUrls[adapter])).toBeUndefined();
    }
  });

  it('is a script for a simulated provider', () => {
    expect(checkBaseUrl('simulated', 'simulated:?latencyMs=5&failEvery=3&failWith=503')).toBeUndefined();
    expect(checkBaseUrl('simulated', 'https://example.com')).toContain('simulated:');
  });
});

describe('a refused host', () => {
  it('is every link-local IPv4 address and no private or loopback one', () => {
    const byte = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(byte, byte, (c, d) => {
        expect(isRefusedHost(`169.254.${c}.${d}`)).toBe(true);
        expect(isRefusedHost(`::ffff:169.254.${c}.${d}`)).toBe(true);
        expect(isRefusedHost(`127.0.${c}.${d}`)).toBe(false);
        expect(isRefusedHost(`10.0.${c}.${d}`)).toBe(false);
        expect(isRefusedHost(`192.168.${c}.${d}`)).toBe(false);
      }),
    );
  });

  it('is every address in fe80::/10, and anything that only looks like IPv6', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0xfe80, max: 0xfebf }),
        fc.integer({ min: 0, max: 0xffff }),
        (first, last) => {
          expect(isRefusedHost(`${first.toString(16)}::${last.toString(16)}`)).toBe(true);
        },
      ),
    );
    for (const host of ['1::2::3', 'fe80', ':::', '1:2:3:4:5:6:7', 'g::1']) {
      expect(isRefusedHost(host)).toBe(host.includes(':'));
    }
    expect(isRefusedHost('2001:db8::1')).toBe(false);
    expect(isRefusedHost('::1')).toBe(false);
  });
});

describe('the address of a call in the place of a base URL', () => {
  it.each([
    'https://api.example.com/v1/chat/completions',
    'https://api.example.com/v1/chat/completions/',
    'https://api.example.com/v1/responses',
    'https://api.example.com/v1/Messages',
    'https://api.example.com/v1beta/models/gemini:generateContent',
  ])('%s is refused, with the part that is too much', (url) => {
    expect(checkBaseUrl('openai-compatible', url)).toMatch(
      /^must not end in (\/|:)[a-z/]+: .+ leave it away$/,
    );
  });

  it.each([
    'https://api.example.com/v1',
    'https://messages.example.com',
    'https://api.example.com/messages/v1',
  ])('%s is a base URL', (url) => {
    expect(checkBaseUrl('openai-compatible', url)).toBeUndefined();
  });
});
