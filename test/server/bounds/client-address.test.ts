import { describe, expect, test } from 'vitest';
import { parseNetwork, type Network } from '../../../src/config/network.ts';
import { createClientAddresses } from '../../../src/server/bounds/client-address.ts';

function seenFrom(trusted: readonly string[], remoteAddress: string | undefined, forwarded?: string): string {
  const networks = trusted.map((text) => parseNetwork(text) as Network);
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  return createClientAddresses(networks).addressOf({ headers, socket: { remoteAddress } as never });
}

describe('who asks', () => {
  test.each([
    ['is the neighbour, whatever it says', [], '192.0.2.1', '203.0.113.9', '192.0.2.1'],
    ['is a neighbour that is no trusted proxy', ['10.0.0.0/8'], '192.0.2.1', '203.0.113.9', '192.0.2.1'],
    ['is whom the trusted proxy names', ['10.0.0.0/8'], '10.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['is the proxy that names nobody', ['10.0.0.0/8'], '10.0.0.1', undefined, '10.0.0.1'],
    [
      'is the nearest that is no proxy',
      ['10.0.0.0/8'],
      '10.0.0.1',
      '1.1.1.1, 203.0.113.9, 10.0.0.2',
      '203.0.113.9',
    ],
    ['is not what stands left of it', ['10.0.0.0/8'], '10.0.0.1', '10.0.0.7,203.0.113.9', '203.0.113.9'],
    ['is the farthest proxy where all are', ['10.0.0.0/8'], '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    [
      'is the nearest proxy before what is no address',
      ['10.0.0.0/8'],
      '10.0.0.1',
      '203.0.113.9, x, 10.0.0.2',
      '10.0.0.2',
    ],
    [
      'is the same in the form of the other family',
      ['10.0.0.0/8'],
      '::ffff:10.0.0.1',
      '[2001:db8::5]:99',
      '2001:db8:0:0::/64',
    ],
    ['is nobody in particular', [], undefined, undefined, 'unknown'],
  ])('%s', (_name, trusted, remote, forwarded, address) => {
    expect(seenFrom(trusted, remote, forwarded)).toBe(address);
  });
});
