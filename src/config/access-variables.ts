import { corsOrigins } from './origins.ts';
import { onOrOff, type Variable } from './variable.ts';

const introspection: Variable<boolean> = {
  name: 'SWITCHYARD_INTROSPECTION',
  fallback: true,
  fallbackMeaning: 'on',
  ...onOrOff(),
  meaning: 'Whether operations may ask for the schema; off: nobody may, and errors suggest no names of it.',
  secret: false,
};

const explorer: Variable<boolean> = {
  name: 'SWITCHYARD_EXPLORER',
  fallback: true,
  fallbackMeaning: 'on',
  ...onOrOff(),
  meaning: 'Whether browsers that open /graphql are served the explorer.',
  secret: false,
};

/** The variables about what is open to those who reach the port. */
export const accessVariables = { introspection, explorer, corsOrigins } as const;
