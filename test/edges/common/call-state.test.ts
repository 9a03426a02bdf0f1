import fc from 'fast-check';
import { expect, it } from 'vitest';
import { packCallId, unpackCallId } from '../../../src/edges/common/call-state.ts';

const ids = fc.string({ minLength: 1 }).filter((id) => !id.includes('__swy1__'));

it('an id brings any state back, in letters, digits, _ and - alone, which every client takes', () => {
  fc.assert(
    fc.property(ids, fc.string({ unit: 'grapheme' }), (id, providerState) => {
      const packed = packCallId(id, providerState);
      expect(packed.slice(id.length)).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(unpackCallId(packed)).toEqual({ id, providerState });
    }),
  );
});

it('an id without a state is the id, and any text is an id', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'binary' }), (id) => {
      expect(unpackCallId(packCallId(id, undefined)).id.length).toBeGreaterThan(0);
    }),
  );
  expect(unpackCallId('call_1')).toEqual({ id: 'call_1' });
  expect(unpackCallId('call_1__swy1__-E0')).toEqual({ id: 'call_1__swy1__-E0' });
});
