import { faultRows, type Fault } from './fault.ts';

/** A fault as every API of OpenAI's words it. */
export function openaiError({ kind, message, param }: Fault) {
  const [type, code] = faultRows[kind].openai;
  return { error: { message, type, param, code } };
}
