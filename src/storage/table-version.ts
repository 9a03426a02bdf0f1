/** Where a table, or the tables of a topic, stand: what a copy of them in memory is compared with. */
export interface TableVersion {
  /** What events name: rises with every change, and falls when an older copy of the database takes its place. */
  readonly seq: number;
  /** Differs between contents that have the same number, as those before and after such a fall may. */
  readonly tag: string;
}
