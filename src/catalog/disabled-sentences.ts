import type { DisabledCause } from './catalog-view.ts';

/** Why a model cannot be called at all, for people. */
export const disabledSentences: Readonly<Record<DisabledCause, string>> = {
  model_disabled: 'The model is switched off.',
  model_archived: 'The model is archived.',
  provider_disabled: 'Its provider is switched off.',
  provider_archived: 'Its provider is archived.',
  no_credentials: 'Its provider has no credentials.',
  stand_in: 'A simulated model is used only by name where the policy lets a real model be called.',
};
