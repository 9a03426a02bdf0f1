import { judgeSource } from '../catalog/source/judge-source.ts';
import { readSourceDocument } from '../catalog/source/source-document.node.ts';
import type { Config, Environment } from '../config/config.ts';
import { describeConfig } from '../config/describe-config.ts';
import { parseEnv } from '../config/parse-env.ts';
import { variables } from '../config/variables.ts';
import { nodeClock } from '../system/clock.node.ts';
import { StartError } from '../system/start-error.ts';

/**
 * `npm run config`: prints the effective configuration, or what is wrong with it and with the catalog file that it
 * names. Returns the exit code.
 */
export function runConfig(env: Environment): 0 | 2 {
  const parsed = parseEnv(env);
  const problems = 'problems' in parsed ? parsed.problems : catalogProblems(parsed.config);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) return 2;
  console.log(describeConfig(env));
  return 0;
}

/** What is wrong with the file as a new database would take it; no database is asked what it has of it already. */
function catalogProblems({ catalogPath, privateAddresses }: Config): readonly string[] {
  const { name } = variables.catalogPath;
  try {
    const document = readSourceDocument(catalogPath);
    const issues = judgeSource(document, nodeClock.now(), { privateAddresses });
    return issues.map(({ path, message }) => `${name}: ${[...path].join('.')}: ${message}`);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    return [`${name}: ${error.message}`];
  }
}
