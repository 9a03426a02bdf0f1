import type { RawContentPart } from '../../routing/request/raw-route-input.ts';
import type { JsonReader } from '../common/json-reader.ts';
import { readDataUrl } from '../common/data-url.ts';

/** What the sounds of `input_audio` are, by their `format`. */
const audioTypes = { wav: 'audio/wav', mp3: 'audio/mpeg' } as const;

const partTypes = ['text', 'image_url', 'input_audio', 'file'] as const;

/** One piece of a user's message. */
export function parsePart(part: JsonReader): RawContentPart {
  switch (part.oneOf('type', partTypes)) {
    case 'text':
      part.only(['type', 'text', 'prompt_cache_breakpoint']);
      return { text: part.requiredText('text') };
    case 'image_url':
      return { image: parseImage(part) };
    case 'input_audio': {
      part.only(['type', 'input_audio', 'prompt_cache_breakpoint']);
      const audio = part.requiredObject('input_audio');
      audio.only(['data', 'format']);
      const format = audio.oneOf('format', ['wav', 'mp3']) ?? audio.refuse('format', 'is required');
      return { file: { base64: audio.requiredText('data'), mediaType: audioTypes[format] } };
    }
    case 'file':
      return { file: parseFile(part) };
    case undefined:
      return part.refuse('type', 'is required');
  }
}

function parseImage(part: JsonReader): RawContentPart['image'] {
  part.only(['type', 'image_url', 'prompt_cache_breakpoint']);
  const image = part.requiredObject('image_url');
  image.only(['url', 'detail']);
  // How closely a model looks is its own affair with every other provider: `auto` is what all of them do.
  image.oneOf('detail', ['auto', 'low', 'high', 'original']);
  const url = image.requiredText('url');
  if (!/^data:/i.test(url)) return { url };
  const { mediaType, base64 } = readDataUrl(url) ?? image.refuse('url', 'must be a data: URL in base64');
  return { base64, ...(mediaType !== null && { mediaType }) };
}

function parseFile(part: JsonReader): NonNullable<RawContentPart['file']> {
  part.only(['type', 'file', 'prompt_cache_breakpoint']);
  const file = part.requiredObject('file');
  file.only(['file_data', 'filename', 'file_id']);
  if (file.raw('file_id') !== undefined)
    file.refuse('file_id', 'is not supported: no files are kept here, send `file_data`');
  const data = file.requiredText('file_data');
  const filename = file.text('filename');
  const named = filename === undefined ? {} : { filename };
  const read = readDataUrl(data);
  if (read === undefined) return { base64: data, mediaType: typeOfName(filename), ...named };
  return { base64: read.base64, mediaType: read.mediaType ?? typeOfName(filename), ...named };
}

/** Documents that are sent without a media type are PDFs, unless they are called otherwise. */
function typeOfName(filename = ''): string {
  return /\.(txt|md|csv|html?)$/i.test(filename) ? 'text/plain' : 'application/pdf';
}
