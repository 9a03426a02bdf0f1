import type { Lack } from '../../lacks.ts';
import type { ContentPart } from '../../message.ts';
import type { ProviderRequest } from '../../provider.ts';

/** A request demands what this provider or model cannot be asked for; nothing was sent. Its message is for the caller. */
export class UnaskableError extends Error {
  override readonly name = 'UnaskableError';
}

/** What is said of each lack. */
const sentences: Readonly<Record<Lack, string>> = {
  STOP_SEQUENCES: 'This model takes no stop sequences at its provider.',
  FORCED_TOOLS: 'This model cannot be made to call a tool.',
  DOCUMENTS: 'This provider takes no documents.',
  AUDIO: 'This provider takes no sound.',
  IMAGE_URLS: 'This provider takes images as bytes alone, and none by a URL.',
  DOCUMENT_URLS: 'This provider takes documents as bytes alone, and none by a URL.',
  AUDIO_URLS: 'This provider takes sound as bytes alone, and none by a URL.',
};

/**
 * Throws UnaskableError for a request whose demands would be weakened on the way: the SDK leaves out stop sequences and
 * files that an API has no field for, and asks models that cannot be made to call a tool whether they would like to.
 * `maxStopSequences`: texts at which an answer ends, at most; null: any number.
 */
export function requireAskable(
  request: ProviderRequest,
  { maxStopSequences, lacks }: { readonly maxStopSequences: number | null; readonly lacks: readonly Lack[] },
): void {
  const { stopSequences = [] } = request;
  const demanded = demandsOf(request);
  const lacked = lacks.find((lack) => demanded.has(lack));
  if (lacked !== undefined) throw new UnaskableError(sentences[lacked]);
  if (maxStopSequences !== null && stopSequences.length > maxStopSequences) {
    throw new UnaskableError(
      `This provider takes at most ${maxStopSequences} stop sequences; the request has ${stopSequences.length}.`,
    );
  }
}

function demandsOf({ stopSequences = [], toolChoice, messages }: ProviderRequest): ReadonlySet<Lack> {
  const demanded = new Set<Lack>();
  if (stopSequences.length > 0) demanded.add('STOP_SEQUENCES');
  if (toolChoice?.mode === 'required' || toolChoice?.mode === 'tool') demanded.add('FORCED_TOOLS');
  for (const message of messages) {
    if (message.role !== 'user') continue;
    for (const part of message.parts) {
      for (const demand of demandsOfPart(part)) demanded.add(demand);
    }
  }
  return demanded;
}

function demandsOfPart(part: ContentPart): readonly Lack[] {
  if (part.type === 'text') return [];
  // A `data:` URL is bytes.
  const isElsewhere = 'url' in part && !/^data:/i.test(part.url);
  if (part.type === 'image') return isElsewhere ? ['IMAGE_URLS'] : [];
  const kind = /^audio\//i.test(part.mediaType) ? 'AUDIO' : 'DOCUMENTS';
  if (!isElsewhere) return [kind];
  return [kind, kind === 'AUDIO' ? 'AUDIO_URLS' : 'DOCUMENT_URLS'];
}
