const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** Whether a text is a UUID in lower case, as the product writes them: what may be compared with a stored one. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** The nil UUID (RFC 9562 §5.9): none of the product's own, and less than any of them. */
export const NIL_UUID = '00000000-0000-0000-0000-000000000000';
