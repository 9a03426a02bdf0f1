import type { RawContentPart, RawMessage, RawToolCall } from '../../routing/request/raw-route-input.ts';
import type { JsonObject } from '../../system/json.ts';
import { isJsonObject } from '../../system/json.ts';
import type { JsonReader } from '../common/json-reader.ts';
import { joinStates, openThought, parse, withCarried } from '../common/thought-state.ts';
import { parsePart, textIn } from './parse-parts.ts';
import { joinedName } from './spaced-names.ts';

/** The input, a text or items, as messages. */
export function parseInput(body: JsonReader): RawMessage[] {
  const input = body.raw('input');
  if (typeof input === 'string') return [{ role: 'user', content: input }];
  if (!Array.isArray(input)) return body.refuse('input', 'must be a text or a list of items');
  const conversation = new Conversation();
  for (const item of body.objects('input') ?? []) conversation.add(item);
  return conversation.messages();
}

/** Gathers what an assistant says, thinks and calls until somebody else's turn comes. */
class Conversation {
  readonly #messages: RawMessage[] = [];
  #text = '';
  #calls: RawToolCall[] = [];
  #thoughts: JsonObject[] = [];
  readonly #carried = new Map<string, JsonObject>();

  add(item: JsonReader): void {
    const type = item.text('type') ?? 'message';
    switch (type) {
      case 'message':
        return this.#addMessage(item);
      case 'reasoning':
        return this.#addThought(item);
      case 'function_call':
        return this.#addCall(item);
      case 'function_call_output':
        return this.#addResult(item);
      case 'item_reference':
        return item.refuse(
          'type',
          'item_reference is refused: nothing is kept here to refer to. Send the item itself; clients do with `store: false`',
        );
      default:
        return item.refuse('type', `${type} is no item that is taken here`);
    }
  }

  messages(): RawMessage[] {
    this.#endTurn();
    return this.#messages.map((message) => {
      if (message.toolCalls == null) return message;
      return { ...message, toolCalls: message.toolCalls.map((call) => withCarried(call, this.#carried)) };
    });
  }

  #addMessage(item: JsonReader): void {
    const role = item.oneOf('role', ['user', 'assistant', 'system', 'developer']);
    if (role === undefined) return item.refuse('role', 'is required');
    const content = item.raw('content');
    if (typeof content !== 'string' && !Array.isArray(content))
      return item.refuse('content', 'must be a text or a list of parts');
    if (role === 'assistant') {
      // Two messages of one assistant are two turns of a conversation where nothing stands between them.
      if (this.#text !== '' && this.#calls.length === 0) this.#text += '\n\n';
      this.#text += typeof content === 'string' ? content : textIn(item);
      return;
    }
    this.#endTurn();
    if (role !== 'user') {
      const said = typeof content === 'string' ? content : textIn(item);
      if (said.trim() !== '') this.#messages.push({ role: 'system', content: said });
      return;
    }
    const parts: RawContentPart[] | undefined =
      typeof content === 'string' ? undefined : (item.objects('content') ?? []).flatMap(parsePart);
    this.#messages.push({ role, ...(parts === undefined ? { content: content as string } : { parts }) });
  }

  #addThought(item: JsonReader): void {
    const seal = item.text('encrypted_content') ?? '';
    const calls = parse(seal)?.['calls'];
    if (isJsonObject(calls)) {
      for (const [id, state] of Object.entries(calls)) if (isJsonObject(state)) this.#carried.set(id, state);
      return;
    }
    // Without what its provider knows it by, a thought is of no use to anybody.
    if (seal === '') return;
    const text = (item.objects('summary') ?? []).map((part) => part.text('text') ?? '').join('\n\n');
    const itemId = item.text('id') ?? '';
    const options = (reasoningEncryptedContent: string): JsonObject => ({
      openai: { itemId, reasoningEncryptedContent },
    });
    this.#thoughts.push(openThought(seal, text, { provider: 'openai', options }));
  }

  #addCall(item: JsonReader): void {
    const providerState = joinStates(this.#thoughts);
    this.#thoughts = [];
    const name = item.requiredText('name');
    const namespace = item.text('namespace');
    this.#calls.push({
      id: item.requiredText('call_id'),
      name: namespace === undefined ? name : joinedName({ namespace, name }),
      arguments: item.requiredText('arguments'),
      ...(providerState !== undefined && { providerState }),
    });
  }

  #addResult(item: JsonReader): void {
    this.#endTurn();
    const toolCallId = item.requiredText('call_id');
    const output = item.raw('output');
    if (typeof output === 'string') {
      this.#messages.push({ role: 'tool', toolCallId, content: output });
      return;
    }
    if (!Array.isArray(output)) return item.refuse('output', 'must be a text or a list of parts');
    const parts = (item.objects('output') ?? []).flatMap(parsePart);
    if (parts.some(({ text }) => text == null))
      item.refuse('output', 'must be text: images and files of a tool are sent by the user');
    this.#messages.push({
      role: 'tool',
      toolCallId,
      content: parts.map(({ text }) => text ?? '').join('\n'),
    });
  }

  #endTurn(): void {
    const providerState = joinStates(this.#thoughts);
    if (this.#text.trim() !== '' || this.#calls.length > 0) {
      this.#messages.push({
        role: 'assistant',
        content: this.#text,
        toolCalls: this.#calls,
        ...(providerState !== undefined && { providerState }),
      });
    }
    this.#text = '';
    this.#calls = [];
    this.#thoughts = [];
  }
}
