import type { RawContentPart } from '../../routing/request/raw-route-input.ts';
import type { JsonReader } from '../common/json-reader.ts';

/** What else may stand in a block of any kind and says nothing to a model. */
export const marks: readonly string[] = ['type', 'cache_control'];

/** One block of what a user says, as parts. */
export function parsePart(block: JsonReader): RawContentPart[] {
  switch (block.raw('type')) {
    case 'text':
      return block.requiredText('text').trim() === '' ? [] : [{ text: block.requiredText('text') }];
    case 'image':
      return parseImage(block);
    case 'document':
      return parseDocument(block);
    case 'search_result':
      return [{ text: wordSearchResult(block) }];
    default:
      return block.refuse('type', 'is no kind of block that is taken here');
  }
}

function parseImage(block: JsonReader): RawContentPart[] {
  block.only([...marks, 'source']);
  const source = sourceOf(block, ['base64', 'url']);
  if (source?.raw('type') === 'url') return [{ image: { url: source.requiredText('url') } }];
  if (source === undefined) return [];
  return [{ image: { base64: source.requiredText('data'), mediaType: source.requiredText('media_type') } }];
}

function parseDocument(block: JsonReader): RawContentPart[] {
  block.only([...marks, 'source', 'title', 'context', 'citations']);
  if (block.object('citations')?.boolean('enabled') === true)
    block.refuse('citations', 'cannot be asked for');
  const source = sourceOf(block, ['base64', 'url', 'text', 'content']);
  const filename = block.text('title');
  const named = filename === undefined ? {} : { filename };
  const context = block.text('context');
  const said: RawContentPart[] = context === undefined ? [] : [{ text: context }];
  switch (source?.raw('type')) {
    case 'base64':
      return [
        ...said,
        {
          file: {
            base64: source.requiredText('data'),
            mediaType: source.requiredText('media_type'),
            ...named,
          },
        },
      ];
    case 'url':
      return [...said, { file: { url: source.requiredText('url'), mediaType: 'application/pdf', ...named } }];
    case 'text':
      return [...said, { text: titled(filename, source.requiredText('data')) }];
    case 'content':
      return [...said, ...contentOf(source).parts];
    default:
      return [];
  }
}

function sourceOf(block: JsonReader, kinds: readonly string[]): JsonReader | undefined {
  const source = block.object('source');
  if (source === undefined) block.refuse('source', 'is required');
  else if (source.oneOf('type', kinds) === undefined)
    source.refuse('type', `must be one of ${kinds.join(', ')}`);
  return source;
}

function titled(title: string | undefined, text: string): string {
  return title === undefined ? text : `${title}\n\n${text}`;
}

function wordSearchResult(block: JsonReader): string {
  const text = textOfBlocks(block.objects('content') ?? []);
  return `${block.requiredText('title')} (${block.requiredText('source')})\n\n${text}`;
}

/** What a tool's result says, and what of it is no text. */
export function parseResult(block: JsonReader): { content: string; seen: RawContentPart[] } {
  block.only([...marks, 'tool_use_id', 'content', 'is_error']);
  const content = block.raw('content') ?? '';
  const { text, seen } = typeof content === 'string' ? { text: content, seen: [] } : contentOf(block);
  const isError = block.boolean('is_error') === true;
  return { content: isError && !/^error/i.test(text) ? `Error: ${text}` : text, seen };
}

function contentOf(owner: JsonReader): {
  text: string;
  seen: RawContentPart[];
  parts: RawContentPart[];
} {
  const content = owner.raw('content');
  const parts =
    typeof content === 'string' ? [{ text: content }] : (owner.objects('content') ?? []).flatMap(parsePart);
  const text = parts
    .map((part) => part.text ?? '')
    .filter((each) => each !== '')
    .join('\n');
  return { text, seen: parts.filter((part) => part.text == null), parts };
}

/** The texts of blocks, joined. */
export function textOfBlocks(blocks: readonly JsonReader[]): string {
  return blocks.map((block) => block.requiredText('text')).join('\n');
}

/** Whether a provider may keep what stands up to a block. */
export function hasBreakpoint(block: JsonReader): boolean {
  return block.object('cache_control') !== undefined;
}

/** The same, as a field of a message. */
export function breakpointOf(block: JsonReader): { cacheBreakpoint?: true } {
  return hasBreakpoint(block) ? { cacheBreakpoint: true } : {};
}
