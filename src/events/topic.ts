/** What an instance keeps a copy of. Each topic has one row in the database that counts its changes. */
export const topics = ['catalog', 'policies', 'keys'] as const;

export type Topic = (typeof topics)[number];
