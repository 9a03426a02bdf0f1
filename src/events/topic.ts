/** What instances tell each other of. Whose `seq` an event carries, the topic's or the key's, is the topic's own rule. */
export type Topic =
  'catalog' | 'policies' | 'keys' | 'breakers' | 'transitions' | 'limits' | 'decisions' | 'health';
