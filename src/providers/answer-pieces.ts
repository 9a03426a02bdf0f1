import type { AnswerPiece, ProviderAnswer } from './provider.ts';

/** The tool calls of an answer, each in one piece. */
export function callPieces({ toolCalls }: Pick<ProviderAnswer, 'toolCalls'>): AnswerPiece[] {
  return toolCalls.flatMap(({ id, name, arguments: text, providerState = null }, index): AnswerPiece[] => [
    { kind: 'tool_call', index, id, name, providerState },
    { kind: 'tool_arguments', index, text },
  ]);
}
