import type { RawRouteInput } from '../../routing/request/raw-route-input.ts';
import { joinLabels } from './caller-words.ts';
import type { Extensions } from './extensions.ts';
import { modelsNamed, type KnownModels } from './model-name.ts';

/** What of a routed call its model's name and its extensions say. */
export type RoutedBy = Omit<Extensions, 'labels'> & Pick<RawRouteInput, 'labels'>;

/**
 * Puts together what a client's model name, its own words and its extensions say: what is said most plainly counts.
 * Extensions that name models are why the name of the request's model is not looked up. Throws UnknownModelError.
 */
export function routedBy(
  modelName: string,
  own: Pick<RawRouteInput, 'labels' | 'sessionId'>,
  extensions: Extensions,
  catalog: KnownModels,
): RoutedBy {
  const { policy, models, taskType, ...rest } = extensions;
  const named = models == null ? modelsNamed(modelName, catalog) : {};
  const narrowed = named.policyName === undefined ? policy : { policyName: named.policyName, ...policy };
  return {
    ...rest,
    policy: narrowed,
    models: models ?? named.models,
    taskType: taskType ?? named.taskType,
    sessionId: rest.sessionId ?? own.sessionId,
    labels: joinLabels(own.labels, rest.labels),
  };
}
