import { expect } from 'vitest';
import type { JsonObject } from '../../../../src/system/json.ts';
import type { Message } from '../../../../src/providers/message.ts';
import { textBlock } from '../said.ts';
import type { FilePart } from '../asked.ts';
import { answered, expectRefused, partsOf, type Proof } from './proof.ts';

const closed: JsonObject = {
  type: 'object',
  properties: { city: { type: 'string' }, tags: { type: 'array', items: { type: 'string' } } },
  required: ['city', 'tags'],
  additionalProperties: false,
};
const open: JsonObject = { ...closed, required: ['city'] };
const json = '{"city":"Oslo","tags":[]}';

/** An answer held to a schema, whole and streamed; it is held strictly only if the schema allows that. */
const heldTo =
  (jsonSchema: JsonObject, isStrict: boolean): Proof =>
  async (cell, standing) => {
    const responseFormat = { type: 'json_schema', jsonSchema } as const;
    for (const came of await cell.both(cell.subject.saysJson(json), { responseFormat })) {
      if (standing.is === 'refused') {
        expectRefused(came);
        continue;
      }
      const [answer, asked] = answered(came, standing);
      expect(answer).toMatchObject({ text: json, toolCalls: [], finishReason: 'stop' });
      const { schema } = asked;
      expect(schema?.schema ?? asked.tools[0]?.schema).toMatchObject(jsonSchema);
      if (standing.is === 'as asked' && isStrict) expect(schema?.strict).toBe(true);
      if (standing.is === 'adapted') expect(schema?.strict ?? false).toBe(false);
    }
  };

export const schema = heldTo(closed, true);
export const looseSchema = heldTo(open, false);

const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** A question about a file, between two texts. */
const about = (file: Extract<Message, { role: 'user' }>['parts'][number]): readonly Message[] => [
  { role: 'user', parts: [{ type: 'text', text: 'What is ' }, file, { type: 'text', text: 'about?' }] },
];

/** The file comes to the provider as it is, in its place. */
const shown =
  (file: Extract<Message, { role: 'user' }>['parts'][number], expected: Partial<FilePart>): Proof =>
  async (cell, standing) => {
    const came = await cell.whole({ blocks: [textBlock('A dot.')] }, { messages: about(file) });
    if (standing.is === 'refused') return expectRefused(came);
    const [answer, asked] = answered(came, standing);
    expect(answer.text).toBe('A dot.');
    const [before, part, after, ...more] = partsOf(asked, 'user');
    expect([before, after, more]).toEqual([
      { kind: 'text', text: 'What is ' },
      { kind: 'text', text: 'about?' },
      [],
    ]);
    expect(part).toMatchObject({ kind: 'file', ...expected });
  };

const url = 'https://example.com/dot.png?size=1';

export const imageUrls = shown({ type: 'image', url }, { url });
export const imageBytes = shown(
  { type: 'image', base64: png, mediaType: 'image/png' },
  { base64: png, mediaType: 'image/png' },
);

const pdf = 'JVBERi0xLjQKJeLjz9MK';
const report = 'https://example.com/report.pdf';
export const documentUrls = shown(
  { type: 'file', url: report, mediaType: 'application/pdf', filename: 'report' },
  { url: report },
);

export const documents = shown(
  { type: 'file', base64: pdf, mediaType: 'application/pdf', filename: 'report' },
  { base64: pdf, mediaType: 'application/pdf' },
);

const wav = 'UklGRiQAAABXQVZF';
export const audio = shown(
  { type: 'file', base64: wav, mediaType: 'audio/wav' },
  { base64: wav, mediaType: 'audio/wav' },
);

const song = 'https://example.com/song.wav';
export const audioUrls = shown({ type: 'file', url: song, mediaType: 'audio/wav' }, { url: song });
