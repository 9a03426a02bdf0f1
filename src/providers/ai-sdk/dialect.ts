import type { JsonObject } from '../../system/json.ts';
import type { Lack } from '../lacks.ts';
import type { ReasoningEffort } from '../message.ts';
import type { SamplingRange } from './adapt/sampling.ts';
import type { StrictTools } from './adapt/strict-tools.ts';
import type { WishNames } from './adapt/wishes.ts';
import type { OptionsOwner } from './provider-state.ts';

/** How the providers behind the SDK differ in what they take, beyond what the SDK itself smooths over. */
export interface Dialect {
  /** What the SDK calls itself in the options that it gives out and takes. */
  readonly optionsOwner: OptionsOwner;
  /** Effort is a number of thinking tokens for this provider's older models, and this is its option's owner. */
  readonly thinkingTokens: 'anthropic' | 'google' | 'amazonBedrock' | 'cohere' | null;
  /** Thinking is sent back with tool results; others refuse the unknown field. */
  readonly returnsThoughts: boolean;
  /** The options that go back with a text: a signature, or what it was for. */
  readonly textMarks: readonly string[];
  /** There is a mode for JSON without a schema; elsewhere it is asked for in words. */
  readonly hasJsonMode: boolean;
  /** Output is held to a schema strictly, or the schema is refused. */
  readonly strictMode: boolean;
  /** System messages may stand anywhere; elsewhere they are taken before the first turn alone. */
  readonly takesLateSystem: boolean;
  /** An image at a URL needs a full media type. */
  readonly needsMediaType: boolean;
  /** The SDK knows which models refuse a temperature, and leaves it out itself. */
  readonly guardsSampling: boolean;
  /** The ids of tool calls that are taken, and how others are numbered; null: whatever they are. */
  readonly callIds: { readonly pattern: RegExp; numbered(number: number): string } | null;
  /** Calls of tools, and their results, are taken only where tools may be called. */
  readonly callsNeedTools: boolean;
  /** Efforts with which the SDK leaves out the output budget, and of which models. */
  readonly unbounded: { readonly models: RegExp; readonly efforts: readonly ReasoningEffort[] } | null;
  /** A call's arguments are taken as JSON only, where others take the text that the model wrote. */
  readonly takesParsedArguments: boolean;
  /** The options that the SDK words itself; others are put into the body as they are. Null: the SDK copies them all. */
  readonly ownOptions: ReadonlySet<string> | null;
  /** The efforts that an option of the SDK takes, past its own list of models; null: it has no such option. */
  readonly effortOption: ReadonlySet<ReasoningEffort> | null;
  /** Effort goes into the body by our hand, since the SDK takes who reasons for one who takes no sampling; null: by the SDK. */
  readonly carriedEffort: CarriedEffort | null;
  /** Options of the SDK that each request has, whatever the caller says. */
  readonly decided: JsonObject;
  /** A stream counts its tokens only when `stream_options` asks for it; others count anyway, or refuse the field. */
  readonly asksForStreamUsage: boolean;
  readonly sampling: SamplingRange;
  /** The option that takes `topK`, where the SDK has no field for it and the API has; null: there is none. */
  readonly topKOption: string | null;
  readonly wishes: WishNames;
  /** Texts at which an answer ends, at most; null: any number, as far as there may be some. */
  readonly maxStopSequences: number | null;
  /** What cannot be asked of a model. */
  lacksOf(modelSlug: string): readonly Lack[];
  readonly strictTools: StrictTools;
  /** How a provider is told that what stands up to a message may be kept; null: it keeps what it likes. */
  readonly cacheBreakpoints: CacheBreakpoints | null;
}

/** How an effort is worded in a body of Responses. */
export interface CarriedEffort {
  /** What a model takes of which the catalog says nothing. */
  readonly usual: readonly ReasoningEffort[];
  /** The API's own words for some. */
  readonly words: Readonly<Partial<Record<ReasoningEffort, string>>>;
}

/** The option that marks a message, by its owner, for which models, and how many messages of a request may be marked. */
export interface CacheBreakpoints {
  readonly options: Readonly<Record<string, JsonObject>>;
  /** The models that keep something, where others refuse the mark; null: all. */
  readonly models: RegExp | null;
  readonly most: number;
}
