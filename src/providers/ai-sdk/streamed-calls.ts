import type { LanguageModelV4Content, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import type { AnswerPiece } from '../provider.ts';
import { createIdGiver, isNone, mayBeNone } from './handed-out.ts';

type Call = { -readonly [Name in keyof WrittenCall]: WrittenCall[Name] };
type WrittenCall = Extract<LanguageModelV4Content, { type: 'tool-call' }>;
type Begun = Pick<Extract<LanguageModelV4StreamPart, { type: 'tool-input-start' }>, 'id' | 'toolName'>;

/** A call on its way. */
interface OpenCall {
  /** What the SDK calls it, which need not be unique. */
  readonly sdkId: string;
  readonly index: number;
  /** What stands in the answer's content; filled as its arguments come. */
  readonly call: Call;
  /** Another with its id was open when it began: nobody knows which of them what comes belongs to. */
  readonly isAmbiguous: boolean;
  isTold: boolean;
  /** The arguments that were told. */
  told: string;
}

/**
 * The tool calls of a stream. What is told of a call while it is written is a beginning of what it is in the end: its
 * id is final, and blank arguments or `null` are held back, since a call that takes nothing gets an empty object.
 */
export class StreamedCalls {
  readonly #content: LanguageModelV4Content[];
  readonly #finalId = createIdGiver();
  readonly #open: OpenCall[] = [];
  #count = 0;

  /** Calls are added to this content in the order in which they begin. */
  constructor(content: LanguageModelV4Content[]) {
    this.#content = content;
  }

  /** A call begins; `providerState` as in a piece of kind `tool_call`. */
  begin({ id, toolName }: Begun, providerState?: string | null): AnswerPiece[] {
    const open = this.#add(id, toolName);
    return open.isAmbiguous ? [] : announce(open, providerState);
  }

  /** More of a call's arguments. */
  write(id: string, delta: string): AnswerPiece[] {
    const open = this.#open.findLast(({ sdkId }) => sdkId === id);
    if (open === undefined) return [];
    open.call.input += delta;
    return open.isAmbiguous || mayBeNone(open.call.input) ? [] : tellRest(open);
  }

  /** A call is complete. */
  complete(call: WrittenCall): AnswerPiece[] {
    const begun = this.#open.find(({ sdkId }) => sdkId === call.toolCallId);
    const open = begun ?? this.#add(call.toolCallId, call.toolName);
    const { toolCallId } = open.call;
    // What was told stands, whatever the provider makes of it afterwards.
    const input = call.input.startsWith(open.told) ? call.input : open.told;
    Object.assign(open.call, call, { toolCallId, input });
    return this.#close(open);
  }

  /** The answer is complete: calls that nobody has completed are what has come of them. */
  end(): AnswerPiece[] {
    return [...this.#open].flatMap((open) => this.#close(open));
  }

  #add(sdkId: string, toolName: string): OpenCall {
    const call: Call = { type: 'tool-call', toolCallId: this.#finalId(sdkId), toolName, input: '' };
    const isAmbiguous = this.#open.some((open) => open.sdkId === sdkId);
    const open: OpenCall = { sdkId, index: this.#count, call, isAmbiguous, isTold: false, told: '' };
    this.#count += 1;
    this.#open.push(open);
    this.#content.push(call);
    return open;
  }

  #close(open: OpenCall): AnswerPiece[] {
    this.#open.splice(this.#open.indexOf(open), 1);
    if (isNone(open.call.input)) open.call.input = '{}';
    return [...announce(open), ...tellRest(open)];
  }
}

function announce(open: OpenCall, providerState?: string | null): AnswerPiece[] {
  if (open.isTold) return [];
  open.isTold = true;
  const { toolCallId: id, toolName: name } = open.call;
  const known = providerState === undefined ? {} : { providerState };
  return [{ kind: 'tool_call', index: open.index, id, name, ...known }];
}

function tellRest(open: OpenCall): AnswerPiece[] {
  const text = open.call.input.slice(open.told.length);
  open.told = open.call.input;
  return text === '' ? [] : [{ kind: 'tool_arguments', index: open.index, text }];
}
