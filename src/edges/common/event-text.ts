/** One server-sent event whose data is JSON; `name`: what it is called, where the API names its events. */
export function eventOf(data: unknown, name?: string): string {
  return `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`;
}
