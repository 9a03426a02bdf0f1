import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bareAddress, groupOf, parseNetwork } from '../../src/config/network.ts';

describe('a network', () => {
  test.each([
    ['10.0.0.0/8', { address: '10.0.0.0', prefix: 8, family: 'ipv4' }],
    ['10.1.2.3', { address: '10.1.2.3', prefix: 32, family: 'ipv4' }],
    ['fd00::/8', { address: 'fd00::', prefix: 8, family: 'ipv6' }],
    ['::1', { address: '::1', prefix: 128, family: 'ipv6' }],
    ['0.0.0.0/0', { address: '0.0.0.0', prefix: 0, family: 'ipv4' }],
  ])('%s is one', (text, network) => expect(parseNetwork(text)).toEqual(network));

  test.each([
    '',
    'proxy',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0/8',
    'fe80::1%eth0',
    '10.0.0.0/-1',
  ])('%j is none', (text) => expect(parseNetwork(text)).toBeUndefined());
});

describe('an address is found in what sockets and proxies say of it', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1:8080', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['unknown', undefined],
    ['_hidden', undefined],
    ['[192.0.2.1]', undefined],
    ['192.0.2.1.', undefined],
    ['', undefined],
  ])('%j', (text, address) => expect(bareAddress(text)).toBe(address));
});

describe('addresses are counted by whom they are given to', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:0:1::1', '2001:db8:0:1::/64'],
    ['2001:0DB8:0000:0001:ffff:ffff:ffff:ffff', '2001:db8:0:1::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['1::', '1:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  ])('%s', (address, group) => expect(groupOf(address)).toBe(group));

  test('all addresses of one /64 have one name, and those of two have two', () => {
    const hextet = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
    const half = fc.tuple(hextet, hextet, hextet, hextet).map((parts) => parts.join(':'));
    fc.assert(
      fc.property(half, half, half, half, (site, other, one, two) => {
        expect(groupOf(`${site}:${one}`)).toBe(groupOf(`${site}:${two}`));
        expect(groupOf(`${site}:${one}`) === groupOf(`${other}:${one}`)).toBe(site === other);
      }),
    );
  });
});
