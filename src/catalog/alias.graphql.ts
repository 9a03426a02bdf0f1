import { builder } from '../graphql/builder.ts';
import type { ModelAlias } from './model.ts';

const ModelAliasRef = builder.objectRef<ModelAlias>('ModelAlias').implement({
  description: 'A name by which clients of other APIs ask for models that the catalog calls otherwise.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What clients send as the model.' }),
    models: t.stringList({
      description:
        'What it means: `provider/model` or `provider/*`; several are a pool, of which the policy chooses.',
      resolve: ({ models }) => [...models],
    }),
  }),
});

builder.queryField('modelAliases', (t) =>
  t.field({
    type: [ModelAliasRef],
    description: 'Every alias of the catalog, by name. The catalog file is where they are changed.',
    authScopes: { may: 'readCatalog' },
    resolve: (_root, _args, { services }) =>
      [...services.catalog.view().aliases].map(([name, models]) => ({ name, models })),
  }),
);
