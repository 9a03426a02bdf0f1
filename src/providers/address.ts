import { ipv4Number, ipv4Within, ipv6Groups, type Ipv6Groups } from './ip-address.ts';

/** Names under which clouds serve their metadata: credentials for whoever asks from inside. */
const metadataNames = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
]);

/** Metadata services outside the link-local range: Alibaba, Oracle, Azure; then AWS and Google over IPv6. */
const metadataAddresses = ['100.100.100.200', '192.0.0.192', '168.63.129.16'].map(ipv4Number);
const metadataAddresses6 = ['fd00:ec2::254', 'fd20:ce::254'].map((text) => ipv6Groups(text)?.join());

/** `refused`: no provider may live there. `private`: reached from inside a network or a machine alone. */
type AddressKind = 'refused' | 'private' | 'public';

/**
 * Whether no provider may live at this host: cloud metadata, or a link-local address, in whichever of its spellings.
 * Takes a name or an address, IPv6 with or without brackets. A name that resolves to such an address is found only by
 * asking again with it.
 */
export function isRefusedHost(host: string): boolean {
  const name = bareHost(host);
  return metadataNames.has(name) || kindOf(name) === 'refused';
}

/** Whether this host is this machine or in a private network, as far as the text alone says it. */
export function isPrivateHost(host: string): boolean {
  const name = bareHost(host);
  return name === 'localhost' || name.endsWith('.localhost') || kindOf(name) === 'private';
}

/** One spelling for each host: small letters, no dot at the end, an IPv6 address in full and without brackets. */
export function canonicalHost(host: string): string {
  const name = bareHost(host);
  const groups = name.includes(':') ? ipv6Groups(name) : undefined;
  return groups === undefined ? name : groups.map((group) => group.toString(16)).join(':');
}

function bareHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^\[(.*)\]$/, '$1');
}

/** Of a name, which has no kind before it is resolved: public. Of what only looks like an address: refused. */
function kindOf(name: string): AddressKind {
  if (name.includes(':')) {
    const groups = ipv6Groups(name);
    return groups === undefined ? 'refused' : kindOfIpv6(groups);
  }
  const address = ipv4Number(name);
  return address === undefined ? 'public' : kindOfIpv4(address);
}

/** From RFC 6890 and its registry: this network and machine, private use, shared, protocol, benchmarks, reserved. */
const privateRanges = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const;

function kindOfIpv4(address: number): AddressKind {
  if (isIn(address, '169.254.0.0', 16) || metadataAddresses.includes(address)) return 'refused';
  return privateRanges.some(([start, bits]) => isIn(address, start, bits)) ? 'private' : 'public';
}

function isIn(address: number, start: string, bits: number): boolean {
  const size = 2 ** (32 - bits);
  return Math.floor(address / size) === Math.floor((ipv4Number(start) ?? 0) / size);
}

function kindOfIpv6(groups: Ipv6Groups): AddressKind {
  const [first = 0] = groups;
  if ((first & 0xffc0) === 0xfe80 || metadataAddresses6.includes(groups.join())) return 'refused';
  const within = ipv4Within(groups).map(kindOfIpv4);
  if (within.includes('refused')) return 'refused';
  // Unique local (RFC 4193), site-local (RFC 3879), multicast; `::` and `::1` are among the compatible addresses.
  const isPrivate = (first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfec0 || first >= 0xff00;
  return isPrivate || within.includes('private') ? 'private' : 'public';
}
