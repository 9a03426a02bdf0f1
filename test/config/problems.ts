import type { Environment } from '../../src/config/config.ts';
import { parseEnv } from '../../src/config/parse-env.ts';

/** What is wrong with an environment. */
export function problemsOf(env: Environment): readonly string[] {
  const parsed = parseEnv(env);
  return 'problems' in parsed ? parsed.problems : [];
}
