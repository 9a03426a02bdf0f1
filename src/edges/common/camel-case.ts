/** `clear_at_least` as `clearAtLeast`. */
export function camelCased(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
