import type { Lack } from '../providers/lacks.ts';
import type { Capability } from './model.ts';

/** What follows from a capability and from how a provider is spoken to; nobody declares it. */
export const urlCapabilities = ['IMAGE_URLS', 'DOCUMENT_URLS', 'AUDIO_URLS'] as const;

/** What a plan looks for in a model. */
export type PlannedCapability = Capability | (typeof urlCapabilities)[number];

/** Where a file may stand at a URL, as far as its kind is taken at all. */
const byUrl = [
  ['VISION', 'IMAGE_URLS'],
  ['DOCUMENTS', 'DOCUMENT_URLS'],
  ['AUDIO', 'AUDIO_URLS'],
] as const;

/** What of a model's capabilities can be asked for at its provider, and what follows from them. */
export function plannedCapabilities(
  declared: readonly Capability[],
  lacks: readonly Lack[],
): readonly PlannedCapability[] {
  const isLacked = (capability: PlannedCapability): boolean =>
    (lacks as readonly string[]).includes(capability);
  const kept = declared.filter((capability) => !isLacked(capability));
  const urls = byUrl.filter(([kind, url]) => kept.includes(kind) && !isLacked(url)).map(([, url]) => url);
  return Object.freeze([...kept, ...urls]);
}
