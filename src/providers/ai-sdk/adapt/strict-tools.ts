import type { Tool } from '../../message.ts';
import { isJsonObject } from '../../../system/json.ts';
import { isStrictSchema } from '../parameters.ts';

/**
 * What strict tools must look like: `complete`, all properties required and no others allowed, or whatever they like;
 * `together`: all of a call are or none is, and each has a required property; `never`: none is.
 */
export type StrictTools = 'complete' | 'any' | 'together' | 'never';

/** Whether the tools of a call may be strict together. */
export function areStrictTogether(tools: readonly Tool[]): boolean {
  return tools.length > 0 && tools.every((tool) => tool.strict === true && requiresSomething(tool));
}

function requiresSomething({ parameters }: Tool): boolean {
  const required = isJsonObject(parameters) ? parameters['required'] : undefined;
  return Array.isArray(required) && required.length > 0;
}

/** Tools of which none is strict that its provider would refuse to be, and what was left out. */
export function adaptTools(
  tools: readonly Tool[],
  rule: StrictTools,
): { readonly tools: readonly Tool[]; readonly notices: readonly string[] } {
  if (rule === 'any' || (rule === 'together' && areStrictTogether(tools))) return { tools, notices: [] };
  const notices: string[] = [];
  const adapted = tools.map((tool) => {
    if (tool.strict !== true || (rule === 'complete' && isStrictSchema(tool.parameters))) return tool;
    notices.push(`The tool ${tool.name} was sent without strict mode, which ${whyNot[rule]}.`);
    return { ...tool, strict: false };
  });
  return { tools: adapted, notices };
}

const whyNot: Readonly<Record<Exclude<StrictTools, 'any'>, string>> = {
  complete: 'takes only schemas with all properties required and no others allowed',
  together: 'its provider has for all tools of a call or none, each with a required property',
  never: 'its provider does not have',
};
