import type { SdkAdapter } from '../ai-sdk/asked.ts';
import { chatManners } from './dialects/chat-manners.ts';
import { chatCompletions } from './dialects/chat-completions.ts';
import { exceptions } from './exceptions.ts';
import type { Fixture } from './fixture.ts';
import { toldAmid, type Refusal } from './refusals/refusal.ts';
import type { Row, Standing } from './rows.ts';
import { textBlock, type Block, type Said } from './said.ts';

/** An adapter, as a column of the table. */
export interface Subject {
  readonly name: string;
  readonly adapter: SdkAdapter;
  readonly apiVersion?: string;
  readonly fixture: Fixture;
  /** A model of which nothing special holds. */
  readonly model: string;
  /** Models that stand for those that the catalog does not have of this adapter. */
  readonly models: readonly string[];
  /** Every word that the API has for a reasoning effort. */
  readonly efforts: readonly string[];
  /** What the output budget is called. */
  readonly budgetName: string;
  /** The word for an end without an answer, when the budget is spent. */
  readonly spentWord: string;
  /** Whether what a cache took is told. */
  readonly written: boolean;
  /** An answer of which the provider needs back all, in this order; empty: it wants no thinking back. */
  readonly interleaved: readonly Block[];
  readonly refusals: readonly Refusal[];
  /** What is told amid a stream. */
  readonly told: readonly Refusal[];
  /** An answer that is this JSON. */
  saysJson(json: string): Said;
  /** Where a stream is cut so that half of it is said. */
  cutAt(bytes: Buffer): number;
}

type Facts = Pick<Subject, 'name' | 'fixture' | 'refusals'> & Partial<Subject>;

/** A column by its facts; what is not said is usual. */
export const subject = (facts: Facts): Subject => ({
  ...{ adapter: facts.name as SdkAdapter, model: 'small', models: [], efforts: [], interleaved: [] },
  ...{ budgetName: 'max_tokens', spentWord: 'length', written: false, told: toldAmid(facts.refusals) },
  saysJson: (json) => ({ blocks: [textBlock(json)] }),
  // After the first piece of the text, at the end of an event.
  cutAt: (bytes) => bytes.indexOf('\n\n', bytes.indexOf('Fine, ')) + 2,
  ...facts,
});

/** One that speaks Chat Completions. */
export const chat = (
  name: keyof typeof chatManners,
  facts: Partial<Subject> & Pick<Subject, 'refusals'>,
): Subject => subject({ name, fixture: chatCompletions(chatManners[name]), ...facts });

/** What becomes of a row with an adapter. */
export function standingOf({ name }: Subject, row: Row): Standing {
  return exceptions[row]?.[name] ?? { is: 'as asked' };
}
