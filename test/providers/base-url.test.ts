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
    'http://example.com:0',
    'http://example.com:99999/v1',
    'http://example.com:65536',
    'http://example..com',
    'http://.',
    'http://999.1.1.1',
    'http://10.0.0.010',
    `http://example.com/${'a'.repeat(2000)}`,
    `http://${'a'.repeat(64)}.com`,
    `http://${'a.'.repeat(130)}com`,
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
    'http://0251.0376.0251.0376/',
    'http://169.254.169.254./',
    'http://169.254.0251.254/',
    'http://[2002:a9fe:a9fe::1]/',
    'http://[64:ff9b:1::169.254.169.254]/',
    'http://[64:ff9b:1:a9fe:a9:fe00::]/',
    'http://[::ffff:0:169.254.169.254]/',
    'http://[::ffff:0:a9fe:a9fe]/',
    'http://[::169.254.169.254]/',
    'http://[2001:0:a9fe:a9fe::]/',
    'http://[2001:0:1:1::5601:5601]/',
    'http://[2001:db8::5efe:169.254.169.254]/',
    'http://[FE80::1]:80/',
    'http://[fd20:ce::254]/',
    'http://100.100.100.200.:80/',
  ])('may not lead to link-local or metadata addresses: %s', (baseUrl) => {
    expect(check(baseUrl)).toBeDefined();
  });

  it('is required where a dialect has no home, and optional elsewhere', () => {
    expect(checkBaseUrl('openai-compatible', null)).toContain('required');
    for (const adapter of adapters.filter((name) => name !== 'azure' && name !== 'openai-compatible')) {
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
        expect(isRefusedHost(`2002:a9fe:${(c * 256 + d).toString(16)}::1`)).toBe(true);
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

describe('a private address', () => {
  const closed = (baseUrl: string) => checkBaseUrl('openai-compatible', baseUrl, { privateAddresses: false });

  it.each([
    'http://localhost:11434/v1',
    'http://LOCALHOST./',
    'http://ollama.localhost/',
    'http://127.0.0.1:8000',
    'http://0.0.0.0/',
    'http://10.1.2.3/',
    'http://100.64.0.1/',
    'http://172.31.0.1/',
    'http://192.168.1.1/',
    'http://[::1]/',
    'http://[::]/',
    'http://[fd12::1]/',
    'http://[::ffff:10.0.0.1]/',
    'http://[64:ff9b::10.0.0.1]/',
    'http://[2002:7f00:1::]/',
  ])('is refused where the setting closes them, and only there: %s', (baseUrl) => {
    expect(closed(baseUrl)).toContain('SWITCHYARD_PRIVATE_ADDRESSES');
    expect(check(baseUrl)).toBeUndefined();
  });

  it('is none that the internet has', () => {
    for (const host of ['8.8.8.8', '172.32.0.1', '[2606:4700::1111]', '[2002:808:808::]', 'api.example.com'])
      expect(closed(`http://${host}/v1`)).toBeUndefined();
  });
});

describe('the address of a call in the place of a base URL', () => {
  it.each([
    'https://api.example.com/v1/chat/completions',
    'https://api.example.com/v1/chat/completions/',
    'https://api.cohere.com/v2/chat',
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
