import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteProvider, type Unspoken } from '../../src/providers/provider-words.ts';

const said = (words: string, unspoken: Partial<Unspoken> = {}, mostChars = 300) =>
  quoteProvider(words, mostChars, { credential: null, texts: [], ...unspoken });

describe("a provider's own words", () => {
  it('are quoted on one line', () => {
    expect(said('model "x" not found,\n\ttry  pulling\u2028it\u0000first')).toBe(
      ' It said: “model "x" not found, try pulling it first”',
    );
  });

  it.each(['', '   ', '\n', '…', '-', '""'])('are not quoted when there are none: %o', (words) => {
    expect(said(words)).toBe('');
  });

  it.each([
    ['Incorrect API key provided: sk-proj-abcDEF123.', 'Incorrect API key provided: …'],
    ['Incorrect API key provided: sk-ab***yz.', 'Incorrect API key provided: …'],
    ['Incorrect API key provided: na***ys.', 'Incorrect API key provided: ….'],
    ['Bad key AIzaSyA1234567890abcdef', 'Bad key …'],
    ['Header was Bearer abcdefghijkl', 'Header was Bearer …'],
    ['See https://me:secret@example.com/x', 'See https://…@example.com/x'],
    ['Token 0123456789abcdef0123456789abcdef is old', 'Token … is old'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc was refused', '… was refused'],
  ])('hold nothing that looks like a credential: %s', (words, expected) => {
    expect(said(words)).toBe(` It said: “${expected}”`);
  });

  it('hold not the credential that was sent, whatever it looks like', () => {
    expect(said('Refused: open sesame, twice open sesame', { credential: 'open sesame' })).toBe(
      ' It said: “Refused: …, twice …”',
    );
  });

  it('repeat nothing of what the caller said', () => {
    const texts = ['Dear Mr. Smith,\nyour balance is 12 crowns.', 'the-very-private-prompt'];
    expect(said('Cannot read "Dear Mr. Smith, your balance is 12" here', { texts })).toBe(
      ' It said: “Cannot read "…" here”',
    );
    expect(said('you said the-very-private-prompt', { texts })).toBe(' It said: “you said …”');
    expect(said('Your balance is low', { texts })).toBe(' It said: “Your balance is low”');
  });

  it('are bounded, printable, and without the credential and the prompt, whatever they are', () => {
    const credential = 'sk-live-9f8e7d6c5b4a';
    const prompt = 'what the caller would never want to read in a record';
    const piece = fc.oneof(
      fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes)),
      fc.constantFrom(credential, prompt, ' ', '\n'),
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 20 }),
        fc.integer({ min: 0, max: 300 }),
        (pieces, mostChars) => {
          const quoted = said(pieces.join(' '), { credential, texts: [prompt] }, mostChars);
          expect(quoted.length).toBeLessThanOrEqual(mostChars);
          expect(quoted).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
          expect(quoted).not.toContain(credential);
          expect(quoted).not.toContain(prompt.slice(0, 20));
        },
      ),
    );
  });
});
