import type { Tool } from '../../message.ts';
import { isStrictSchema } from '../parameters.ts';

/** What strict tools must look like: `complete`, all properties required and no others allowed, or whatever they like; `never`: none is. */
export type StrictTools = 'complete' | 'any' | 'never';

/** Tools of which none is strict that its provider would refuse to be, and what was left out. */
export function adaptTools(
  tools: readonly Tool[],
  rule: StrictTools,
): { readonly tools: readonly Tool[]; readonly notices: readonly string[] } {
  if (rule === 'any') return { tools, notices: [] };
  const notices: string[] = [];
  const adapted = tools.map((tool) => {
    if (tool.strict !== true || (rule === 'complete' && isStrictSchema(tool.parameters))) return tool;
    notices.push(rule === 'never' ? noticeOfNever(tool.name) : noticeOf(tool.name));
    return { ...tool, strict: false };
  });
  return { tools: adapted, notices };
}

function noticeOf(name: string): string {
  return `The tool ${name} was sent without strict mode, which takes only schemas with all properties required and no others allowed.`;
}

function noticeOfNever(name: string): string {
  return `The tool ${name} was sent without strict mode, which its provider does not have.`;
}
