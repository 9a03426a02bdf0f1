import type { Environment } from '../../../src/config/config.ts';
import type { Variable } from '../../../src/config/variable.ts';
import { variables } from '../../../src/config/variables.ts';

/** The largest value of each setting that bounds how often one caller may ask: what is tested is every answer. */
export const unthrottled: Environment = Object.fromEntries(
  Object.values<Variable<unknown>>(variables)
    .filter(({ name }) => /_PER_MINUTE/.test(name))
    .map(({ name }) => [name, '1000000']),
);
