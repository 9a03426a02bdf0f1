import type { Environment } from '../config/config.ts';
import { describeConfig } from '../config/describe-config.ts';
import { parseEnv } from '../config/parse-env.ts';

/** `npm run config`: prints the effective configuration, or what is wrong with it. Returns the exit code. */
export function runConfig(env: Environment): 0 | 2 {
  const parsed = parseEnv(env);
  if ('problems' in parsed) {
    for (const problem of parsed.problems) console.error(problem);
    return 2;
  }
  console.log(describeConfig(env));
  return 0;
}
