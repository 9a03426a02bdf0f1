import type { JsonReader } from './json-reader.ts';

/** Refuses a tool that its model could not call by itself: one to be searched for, or for programs of the provider's alone. */
export function refuseIndirect(tool: JsonReader): void {
  if (tool.boolean('defer_loading') === true)
    tool.refuse('defer_loading', 'needs a tool search, which is not taken here');
  if (tool.texts('allowed_callers')?.includes('direct') === false)
    tool.refuse('allowed_callers', 'must have direct: programs that call tools are not run here');
}
