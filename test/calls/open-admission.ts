import type { Admission, Permit } from '../../src/calls/admission.ts';

const permit: Permit = { admitted: true, settle: () => undefined };

/** Admits every call and learns nothing: the guard of calls where there is neither breaker nor limit. */
export const openAdmission: Admission = { admit: () => permit };
