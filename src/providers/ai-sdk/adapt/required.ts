import type { Message } from '../../message.ts';
import type { ProviderRequest } from '../../provider.ts';

/** A request demands what this provider or model cannot be asked for; nothing was sent. Its message is for the caller. */
export class UnaskableError extends Error {
  override readonly name = 'UnaskableError';
}

/** What of a request a provider can be asked for at all. */
export interface Demandable {
  /** Texts at which an answer ends, at most; null: any number. */
  readonly maxStopSequences: number | null;
  /** Models that can never be made to call a tool, whatever the catalog says; null: none are known. */
  readonly neverForced: RegExp | null;
  /** Of files images alone; absent: others too. The SDK leaves them out with no more than a warning. */
  readonly imagesOnly?: true;
}

/**
 * Throws UnaskableError for a request whose demands would be weakened on the way: the SDK leaves out stop sequences that
 * an API has no field for, and asks models that cannot be made to call a tool whether they would like to.
 */
export function requireAskable(
  request: ProviderRequest,
  { maxStopSequences, neverForced, imagesOnly }: Demandable,
): void {
  const { stopSequences = [], toolChoice, modelSlug } = request;
  if (maxStopSequences !== null && stopSequences.length > maxStopSequences) {
    throw new UnaskableError(
      maxStopSequences === 0
        ? 'This provider takes no stop sequences.'
        : `This provider takes at most ${maxStopSequences} stop sequences; the request has ${stopSequences.length}.`,
    );
  }
  const isForced = toolChoice?.mode === 'required' || toolChoice?.mode === 'tool';
  if (isForced && neverForced?.test(modelSlug) === true) {
    throw new UnaskableError('This model cannot be made to call a tool.');
  }
  if (imagesOnly === true && request.messages.some(hasFile)) {
    throw new UnaskableError('This provider takes no files but images.');
  }
}

function hasFile(message: Message): boolean {
  return message.role === 'user' && message.parts.some(({ type }) => type === 'file');
}
