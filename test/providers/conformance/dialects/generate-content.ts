import { events, type Fixture } from '../fixture.ts';
import { halves, inputOf, usualCounts, type Block, type Counts, type Said } from '../said.ts';
import { readGenerateContent } from './generate-content-request.ts';

/** https://ai.google.dev/api/generate-content; Vertex AI has the same at another address. */
export const generateContent: Fixture = {
  name: 'generateContent',
  reference: 'https://ai.google.dev/api/generate-content',
  read: readGenerateContent,
  whole: ({ blocks, word = 'STOP', counts = usualCounts }) =>
    responseOf(blocks.map(partOf), usageOf(counts), word),
  stream: (said) => events(chunksOf(said)),
  error: ({ status, code, message }) => ({ error: { code: status, message, status: code } }),
  streamedError: ({ status, code, message }) =>
    events([
      responseOf([{ text: 'half' }], usageOf(usualCounts)),
      { error: { code: status, message, status: code } },
    ]),
  // https://ai.google.dev/api/generate-content#FinishReason
  endings: {
    STOP: 'stop',
    MAX_TOKENS: 'length',
    SAFETY: 'content_filter',
    RECITATION: 'content_filter',
    LANGUAGE: 'content_filter',
    OTHER: 'other',
    BLOCKLIST: 'content_filter',
    PROHIBITED_CONTENT: 'content_filter',
    SPII: 'content_filter',
    MALFORMED_FUNCTION_CALL: 'INVALID_OUTPUT',
    IMAGE_SAFETY: 'content_filter',
    IMAGE_PROHIBITED_CONTENT: 'content_filter',
    IMAGE_RECITATION: 'content_filter',
    UNEXPECTED_TOOL_CALL: 'INVALID_OUTPUT',
    TOO_MANY_TOOL_CALLS: 'INVALID_OUTPUT',
    MISSING_THOUGHT_SIGNATURE: 'INVALID_REQUEST',
    MALFORMED_RESPONSE: 'INVALID_OUTPUT',
  },
};

function responseOf(parts: readonly object[], usageMetadata: object, finishReason?: string): object {
  return {
    candidates: [
      { index: 0, content: { role: 'model', parts }, ...(finishReason !== undefined && { finishReason }) },
    ],
    ...{ usageMetadata, modelVersion: 'm', responseId: 'r1' },
  };
}

/** Thoughts are counted beside the answer. */
function usageOf({ input, output, reasoning, cached }: Counts): object {
  return {
    promptTokenCount: input,
    candidatesTokenCount: output - (reasoning ?? 0),
    ...(reasoning !== undefined && { thoughtsTokenCount: reasoning }),
    ...(cached !== undefined && { cachedContentTokenCount: cached }),
    totalTokenCount: input + output,
  };
}

function partOf(block: Block): object {
  const signature = block.seal === undefined ? {} : { thoughtSignature: block.seal };
  switch (block.kind) {
    case 'text':
      return { text: block.text, ...signature };
    case 'thought':
      return { text: block.text, thought: true };
    case 'call':
      return { functionCall: { name: block.name, args: inputOf(block) }, ...signature };
  }
}

/** Texts come in pieces, calls whole; a signature comes with the last piece. */
function chunksOf({ blocks, word = 'STOP', counts = usualCounts }: Said): object[] {
  const parts = blocks.flatMap((block): object[] => {
    if (block.kind === 'call') return [partOf(block)];
    const pieces = halves(block.text);
    return pieces.map((text, index) => {
      const { seal: _, ...unsealed } = block;
      return partOf(index === pieces.length - 1 ? { ...block, text } : { ...unsealed, text });
    });
  });
  const soFar = { promptTokenCount: counts.input, totalTokenCount: counts.input };
  // An answer without a word has a part without one.
  return (parts.length === 0 ? [{ text: '' }] : parts).map((part, index, all) =>
    index === all.length - 1 ? responseOf([part], usageOf(counts), word) : responseOf([part], soFar),
  );
}
