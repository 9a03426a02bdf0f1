import { expect, it } from 'vitest';
import { endedEvents } from '../../../src/routing/record/ended-events.ts';

const writing = (kind: 'decided' | 'completed', tenantId: string) => ({
  ...{ kind },
  draft: { id: 'entry', tenantId, type: 'routing.completed' as const, canonical: '{}' },
});

it('one event tells of all of a tenant’s decisions that a batch has ended, and none of what has only begun', () => {
  const batch = [
    writing('decided', 'north'),
    writing('completed', 'north'),
    writing('completed', 'south'),
    writing('completed', 'north'),
    writing('decided', 'west'),
    writing('completed', 'east'),
  ];
  expect(endedEvents(batch, [7, 8, 3, 9, 1, null])).toEqual([
    { topic: 'decisions', key: 'north', seq: 9 },
    { topic: 'decisions', key: 'south', seq: 3 },
  ]);
});
