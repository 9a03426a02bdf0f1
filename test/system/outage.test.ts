import { expect, test } from 'vitest';
import { createOutage } from '../../src/system/outage.ts';
import { createKeptLog } from '../support/logs/kept-log.ts';

test('an outage is reported when it begins and when it ends, however often it is met', () => {
  const log = createKeptLog();
  const outage = createOutage(log, { begun: 'It is away.', ended: 'It is back.' });
  outage.end();
  expect([outage.isOn(), log.lines]).toEqual([false, []]);

  outage.begin({ reason: 'refused' });
  outage.begin({ reason: 'refused again' });
  expect([outage.isOn(), log.lines]).toEqual([true, ['warn: It is away.']]);
  outage.end({ lost: 2 });
  outage.end({ lost: 0 });
  expect([outage.isOn(), log.lines]).toEqual([false, ['warn: It is away.', 'info: It is back.']]);
  expect(log.fields).toEqual(['{"reason":"refused"}', '{"lost":2}']);

  outage.begin({ reason: 'refused once more' });
  expect(log.lines).toHaveLength(3);
});
