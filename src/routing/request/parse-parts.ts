import type { ContentPart, FilePart, ImagePart } from '../../providers/message.ts';
import type { InputReader } from '../../system/input/reader.ts';
import { line, text } from '../../system/input/rules.ts';
import { imageTypeOf } from './image-type.ts';
import type { RawContentPart, RawFile, RawImage } from './raw-route-input.ts';

const MAX_URL_LENGTH = 10_000;
const MAX_FILENAME_CHARACTERS = 200;

const imageTypeRule = text(
  (value) => /^image\/[a-z0-9.+-]{1,100}$/i.test(value),
  "an image's media type, such as image/png",
);
const fileTypeRule = text(
  (value) => /^(application|audio|text)\/[a-z0-9.+-]{1,100}$/i.test(value),
  "a document's or a sound's media type, such as application/pdf, text/plain or audio/wav",
);
const filenameRule = line(1, MAX_FILENAME_CHARACTERS);
const urlRule = text(
  (value) => value.length <= MAX_URL_LENGTH && /^https?:\/\/[^\s/]\S*$/i.test(value),
  `an http or https URL of at most ${MAX_URL_LENGTH} characters`,
);
const base64Rule = text((value) => /^[a-z0-9+/]+={0,2}$/i.test(value), 'base64');
/** Refuses every one, with the way to send it. */
const dataUrlRule = text(
  () => false,
  'an http or https URL; of a data: URL send what follows the comma as `base64`, with its `mediaType`',
);

/** One piece of a user's message. */
export function parsePart(input: InputReader<RawContentPart>): ContentPart {
  const { text: said, image, file } = input.raw;
  if ([said, image, file].filter((each) => each != null).length !== 1) {
    input.refuse('must be exactly one of `text`, `image` and `file`');
  }
  if (image != null) return parseImage(input.within(image, 'image'));
  if (file != null) return parseFile(input.within(file, 'file'));
  return { type: 'text', text: said ?? '' };
}

function parseImage(input: InputReader<RawImage>): ImagePart {
  const { base64 } = input.raw;
  const told = input.nullable('mediaType', imageTypeRule);
  const source = parseSource(input);
  if ('url' in source) return { type: 'image', ...source, ...(told !== null && { mediaType: told }) };
  const mediaType = told ?? imageTypeOf(base64 ?? '');
  if (mediaType === undefined && input.raw.mediaType == null) {
    input.refuse('must stand beside `base64`: these bytes do not show what they are', 'mediaType');
  }
  return { type: 'image', ...source, mediaType: mediaType ?? '' };
}

function parseFile(input: InputReader<RawFile>): FilePart {
  const mediaType = input.required('mediaType', fileTypeRule);
  const filename = input.nullable('filename', filenameRule);
  return { type: 'file', mediaType, ...(filename !== null && { filename }), ...parseSource(input) };
}

/** Where the bytes are, or the bytes. */
function parseSource(
  input: InputReader<Pick<RawFile, 'url' | 'base64'>>,
): { readonly url: string } | { readonly base64: string } {
  const { url, base64 } = input.raw;
  if ((url == null) === (base64 == null)) input.refuse('must have either `url` or `base64`');
  if (base64 != null) return { base64: input.required('base64', base64Rule) };
  const rule = /^data:/i.test(url ?? '') ? dataUrlRule : urlRule;
  return { url: input.nullable('url', rule) ?? '' };
}
