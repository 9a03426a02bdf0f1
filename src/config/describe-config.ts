import type { Environment } from './config.ts';
import type { Variable } from './variable.ts';
import { variables } from './variables.ts';

/** The effective configuration for people, one variable a paragraph; of secrets it says only whether they are set. */
export function describeConfig(env: Environment): string {
  return Object.values<Variable<unknown>>(variables)
    .map(
      (variable) =>
        `${variable.name} = ${effectiveValue(variable, env[variable.name] ?? '')}\n    ${variable.meaning}`,
    )
    .join('\n');
}

function effectiveValue(variable: Variable<unknown>, text: string): string {
  if (text === '') return `${variable.fallbackMeaning ?? String(variable.fallback)} (default)`;
  return variable.secret ? '(set, not shown)' : text;
}
