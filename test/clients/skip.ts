import { beforeEach, inject } from 'vitest';

// Without the packages there is nothing to drive; what is skipped is counted as such.
beforeEach(({ skip }) => skip(!inject('clients'), 'The packages of clients are not installed.'));
