/** Where a generated admin key is kept for the people of this machine: a file that only its owner may read. */
export interface AdminKeyFile {
  /** The key's text; null when none is kept. */
  read(): Promise<string | null>;
  /** Keeps a text, whole or not at all. */
  write(text: string): Promise<void>;
}
