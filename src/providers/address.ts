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

/**
 * Whether no provider may live at this host: cloud metadata, or a link-local address. Takes a name or an address,
 * IPv6 with or without brackets. A name that resolves to such an address is found only by asking again with it.
 */
export function isRefusedHost(host: string): boolean {
  const name = host
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^\[(.*)\]$/, '$1');
  if (metadataNames.has(name)) return true;
  if (name.includes(':')) return isRefusedIpv6(name);
  const address = ipv4Number(name);
  return address !== undefined && isRefusedIpv4(address);
}

function isRefusedIpv4(address: number): boolean {
  return Math.floor(address / 0x10000) === 0xa9fe || metadataAddresses.includes(address);
}

function isRefusedIpv6(text: string): boolean {
  const groups = ipv6Groups(text);
  if (groups === undefined) return true;
  const [first = 0, second = 0] = groups;
  if ((first & 0xffc0) === 0xfe80 || metadataAddresses6.includes(groups.join())) return true;
  // IPv4 inside IPv6: mapped (::ffff:0:0/96), compatible (::/96) and translated (64:ff9b::/96).
  const middle = groups.slice(2, 5).every((group) => group === 0);
  const mapped = first === 0 && second === 0 && (groups[5] === 0xffff || groups[5] === 0);
  const translated = first === 0x64 && second === 0xff9b && groups[5] === 0;
  return middle && (mapped || translated) && isRefusedIpv4((groups[6] ?? 0) * 0x10000 + (groups[7] ?? 0));
}

/** A dotted quad as one number, or undefined. */
function ipv4Number(text: string): number | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined;
  const bytes = text.split('.').map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes.reduce((sum, byte) => sum * 256 + byte, 0) : undefined;
}

/** The eight groups of an IPv6 address (RFC 4291 §2.2), or undefined. */
function ipv6Groups(text: string): number[] | undefined {
  const sides = text.replace(/%.*$/, '').split('::');
  if (sides.length > 2) return undefined;
  const [head = [], tail = []] = sides.map((side) =>
    side === '' ? [] : side.split(':').flatMap(groupNumbers),
  );
  const gap = 8 - head.length - tail.length;
  if (sides.length === 2 ? gap < 1 : gap !== 0) return undefined;
  const groups = [...head, ...Array<number>(gap).fill(0), ...tail];
  return groups.every((group) => group >= 0 && group <= 0xffff) ? groups : undefined;
}

/** One written group, or the two that a dotted quad at the end stands for; NaN where it is neither. */
function groupNumbers(group: string): number[] {
  const quad = ipv4Number(group);
  if (quad !== undefined) return [Math.floor(quad / 0x10000), quad % 0x10000];
  return [/^[0-9a-f]{1,4}$/.test(group) ? Number.parseInt(group, 16) : Number.NaN];
}
