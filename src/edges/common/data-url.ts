/** What a `data:` URL in base64 holds (RFC 2397); undefined: it is none. `mediaType`: null where it names none. */
export function readDataUrl(
  url: string,
): { readonly mediaType: string | null; readonly base64: string } | undefined {
  const comma = url.indexOf(',');
  // What stands before the comma is short: the bytes after it are megabytes, and are not looked at here.
  if (comma < 0 || comma > 200) return undefined;
  const head = /^data:([\w.+-]+\/[\w.+-]+)?(?:;[\w.+-]+=[\w.+"-]+)*;base64$/i.exec(url.slice(0, comma));
  if (head === null) return undefined;
  return { mediaType: head[1]?.toLowerCase() ?? null, base64: url.slice(comma + 1) };
}
