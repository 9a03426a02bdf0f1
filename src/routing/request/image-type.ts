/**
 * The first bytes of the images that models see, in Base64: PNG (RFC 2083 §3.1), JPEG (ITU-T T.81, SOI), GIF (GIF89a)
 * and the RIFF of WebP, whose name follows (RFC 9649 §2.3).
 */
const beginnings: readonly (readonly [start: RegExp, mediaType: string])[] = [
  [/^iVBORw0KGgo/, 'image/png'],
  [/^\/9j\//, 'image/jpeg'],
  [/^R0lGOD[dl]h/, 'image/gif'],
  [/^UklGR.{6}XRUJQ/, 'image/webp'],
];

/** The media type that an image's bytes, in Base64, show by how they begin; undefined: they do not. */
export function imageTypeOf(base64: string): string | undefined {
  const start = base64.slice(0, 24);
  return beginnings.find(([pattern]) => pattern.test(start))?.[1];
}
