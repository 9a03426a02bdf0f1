import type { RawContentPart, RawFile } from '../../routing/request/raw-route-input.ts';
import type { JsonReader } from '../common/json-reader.ts';

/** One part of what a user or a tool says. */
export function parsePart(part: JsonReader): RawContentPart[] {
  switch (part.raw('type')) {
    case 'input_text':
    case 'output_text':
      return part.requiredText('text').trim() === '' ? [] : [{ text: part.requiredText('text') }];
    case 'input_image':
      refuseKept(part);
      return [{ image: sourceOf(part.requiredText('image_url'), undefined) }];
    case 'input_file':
      return parseFile(part);
    case 'input_audio': {
      const audio = part.object('input_audio') ?? part;
      const mediaType = `audio/${audio.requiredText('format')}`;
      return [{ file: { base64: audio.requiredText('data'), mediaType } }];
    }
    default:
      return part.refuse('type', 'is no kind of part that is taken here');
  }
}

/** The texts of a message's parts, joined; what a model refused to say is what it said. */
export function textIn(item: JsonReader): string {
  return (item.objects('content') ?? [])
    .map((part) => {
      const type = part.oneOf('type', ['input_text', 'output_text', 'text', 'refusal']);
      return part.requiredText(type === 'refusal' ? 'refusal' : 'text');
    })
    .join('');
}

function parseFile(part: JsonReader): RawContentPart[] {
  refuseKept(part);
  const filename = part.text('filename');
  const named = filename === undefined ? {} : { filename };
  const url = part.text('file_url');
  if (url !== undefined) return [{ file: { url, mediaType: 'application/pdf', ...named } }];
  return [
    {
      file: {
        mediaType: 'application/pdf',
        ...sourceOf(part.requiredText('file_data'), 'application/pdf'),
        ...named,
      },
    },
  ];
}

function refuseKept(part: JsonReader): void {
  if (part.text('file_id') !== undefined)
    part.refuse('file_id', 'is refused: files are not kept here; send the file itself');
}

/** What a `data:` URL holds, or any other URL; `mediaType` is what bare Base64 is. */
function sourceOf(
  url: string,
  mediaType: string | undefined,
): Pick<RawFile, 'url' | 'base64'> & { mediaType?: string } {
  const inline = /^data:([^;,]+);base64,(.*)$/s.exec(url);
  if (inline !== null)
    return { base64: inline[2] ?? '', ...(inline[1] !== undefined && { mediaType: inline[1] }) };
  return mediaType === undefined || /^https?:/i.test(url) ? { url } : { base64: url, mediaType };
}
