import { builder } from '../../../graphql/builder.ts';

builder.queryField('recordsSetAside', (t) =>
  t.field({
    type: 'SafeInt',
    description:
      'How many records of calls the instance that answers has set aside, in its data directory, because the database refuses them for what is in them. They are in no audit chain; the log names the reason of each. Above zero, somebody should look.',
    authScopes: { may: 'readSetAside' },
    resolve: (_root, _args, { services }) => services.route.recordsSetAside(),
  }),
);
