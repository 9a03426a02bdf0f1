import type { ListedModel } from './list-models.ts';

/** Nobody knows since when a name is served; the Unix epoch, as whole seconds. */
const CREATED = 0;
const CREATED_AT = '1970-01-01T00:00:00Z';

/** How a family of APIs lists models. */
export interface ModelWording {
  one(model: ListedModel): object;
  list(models: readonly ListedModel[]): object;
}

/** As OpenAI does. */
export const openaiModels: ModelWording = {
  one: ({ id, ownedBy }) => ({ id, object: 'model', created: CREATED, owned_by: ownedBy }),
  list: (models) => ({ object: 'list', data: models.map((each) => openaiModels.one(each)) }),
};

/** As Anthropic does; a list is always whole. */
export const anthropicModels: ModelWording = {
  one: ({ id }) => ({ type: 'model', id, display_name: id, created_at: CREATED_AT }),
  list: (models) => ({
    data: models.map((each) => anthropicModels.one(each)),
    has_more: false,
    first_id: models[0]?.id ?? null,
    last_id: models.at(-1)?.id ?? null,
  }),
};
