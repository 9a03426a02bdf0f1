import { faultRows, type Fault } from './fault.ts';

/** A fault as Anthropic's API words it. */
export function anthropicError({ kind, message, param }: Fault, requestId: string | null = null) {
  const told = param === null || message.includes(param) ? message : `${param}: ${message}`;
  return { type: 'error', error: { type: faultRows[kind].anthropic, message: told }, request_id: requestId };
}
