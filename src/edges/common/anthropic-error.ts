import type { RequestHeaders } from './caller-words.ts';
import { faultRows, type Fault } from './fault.ts';

/** A fault as Anthropic's API words it. */
export function anthropicError({ kind, message, param }: Fault, requestId: string | null = null) {
  const told = param === null || message.includes(param) ? message : `${param}: ${message}`;
  return { type: 'error', error: { type: faultRows[kind].anthropic, message: told }, request_id: requestId };
}

/** Whether a client speaks Anthropic's API wherever it asks: every one of them sends its version, and no other does. */
export function speaksAnthropic(headers: RequestHeaders): boolean {
  return headers['anthropic-version'] !== undefined;
}
