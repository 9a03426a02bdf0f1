import { expect, test } from 'vitest';
import { problemsOf } from './problems.ts';

test('what guides have clients read, and what Kubernetes tells every container, is left alone', () => {
  const env = {
    SWITCHYARD_KEY: 'swy_live_x',
    SWITCHYARD_URL: 'ws://127.0.0.1:4000/graphql',
    SWITCHYARD_SERVICE_HOST: '10.0.0.5',
    SWITCHYARD_SERVICE_PORT: '4000',
    SWITCHYARD_SERVICE_PORT_HTTP: '4000',
    SWITCHYARD_PORT: 'tcp://10.0.0.5:4000',
    SWITCHYARD_PORT_4000_TCP: 'tcp://10.0.0.5:4000',
    SWITCHYARD_PORT_4000_TCP_PROTO: 'tcp',
    SWITCHYARD_PORT_4000_TCP_PORT: '4000',
    SWITCHYARD_PORT_4000_TCP_ADDR: '10.0.0.5',
  };
  expect(problemsOf(env)).toEqual([]);
});

test('a prefix too many is a problem that names the variable without it', () => {
  expect(problemsOf({ SWITCHYARD_PORT: '4001', SWITCHYARD_DATABASE_URL: 'postgres://x' })).toEqual([
    'SWITCHYARD_DATABASE_URL is not a variable of this release; did you mean DATABASE_URL?',
    'SWITCHYARD_PORT is not a variable of this release; did you mean PORT?',
  ]);
});

test('a variable that is not known is a problem that names the nearest known one', () => {
  expect(problemsOf({ SWITCHYARD_DATADIR: 'x', SWITCHYARD_LOGLEVEL: 'info', OTHER_DATADIR: 'x' })).toEqual([
    'SWITCHYARD_DATADIR is not a variable of this release; did you mean SWITCHYARD_DATA_DIR?',
    'SWITCHYARD_LOGLEVEL is not a variable of this release; did you mean SWITCHYARD_LOG_LEVEL?',
  ]);
});

test('a variable that a later release may know is not accepted in silence', () => {
  expect(problemsOf({ SWITCHYARD_TELEPATHY: 'on' })).toHaveLength(1);
});

test.each(['', ' 4000', '4000 ', '+1', '-1', '1e3', '0x10', '4000.0', '99999999999'])(
  'PORT=%j is absent or a problem, never another number',
  (text) => {
    const problems = problemsOf({ PORT: text });
    expect(problems).toHaveLength(text === '' ? 0 : 1);
  },
);
