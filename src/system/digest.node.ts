import { hash } from 'node:crypto';
import type { Sha256 } from './digest.ts';

/** SHA-256 by OpenSSL. */
export const nodeSha256: Sha256 = Object.assign(
  (data: Uint8Array | string) => hash('sha256', data, 'buffer'),
  { hex: (data: Uint8Array | string) => hash('sha256', data, 'hex') },
);
