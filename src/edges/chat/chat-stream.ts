import type { AnswerPiece, ProviderAnswer } from '../../providers/provider.ts';
import type { RouteSuccess } from '../../routing/record/call-end.ts';
import { factObject, type AnswerFacts } from '../common/answer-facts.ts';
import type { StreamWording } from '../common/api.ts';
import { eventOf } from '../common/event-text.ts';
import { openaiError } from '../common/openai-error.ts';
import { finishReasonOf, frameOf, noticesOf, toolCallOf, usageOf } from './chat-answer.ts';
import type { ChatCall } from './parse-chat.ts';

type PieceOf<Kind extends AnswerPiece['kind']> = Extract<AnswerPiece, { readonly kind: Kind }>;

/**
 * An answer as chunks: the role with the first piece, pieces of text, tool calls with their `index`, whose arguments come
 * as they are written unless the call's id has to wait for what its provider wants back, the reason why it
 * ended, what it used where that was asked for, and `[DONE]`, which comes after success alone.
 */
export function chatStream(call: ChatCall): StreamWording {
  let frame: object = {};
  let hasRole = false;
  const calls = createCallDeltas();

  function chunk(delta: object, finishReason: string | null, more: object = {}): string {
    const role = hasRole ? {} : { role: 'assistant', content: '', refusal: null };
    hasRole = true;
    const choice = { index: 0, delta: { ...role, ...delta }, logprobs: null, finish_reason: finishReason };
    const usage = call.includeUsage ? { usage: null } : {};
    return eventOf({ ...frame, choices: [choice], ...usage, ...more });
  }

  function completed(outcome: RouteSuccess, facts: AnswerFacts): string {
    const { answer } = outcome.end;
    const whole = calls.rest(answer).map((each) => chunk({ tool_calls: [each] }, null));
    const switchyard = { ...factObject(facts), notices: noticesOf(outcome, call) };
    const last = chunk({}, finishReasonOf(answer), { switchyard });
    const usage = call.includeUsage ? eventOf({ ...frame, choices: [], usage: usageOf(answer.usage) }) : '';
    return `${whole.join('')}${last}${usage}data: [DONE]\n\n`;
  }

  return {
    word(event, facts) {
      switch (event.kind) {
        case 'decided':
          frame = frameOf('chat.completion.chunk', event.view.decision);
          return '';
        case 'attempt_started':
          return '';
        case 'tool_call':
        case 'tool_arguments': {
          frame = answeredFrame(frame, facts);
          const delta = event.kind === 'tool_call' ? calls.begun(event) : calls.continued(event);
          return delta === undefined ? '' : chunk({ tool_calls: [delta] }, null);
        }
        case 'reasoning':
        case 'text':
          frame = answeredFrame(frame, facts);
          return chunk({ [event.kind === 'text' ? 'content' : 'reasoning_content']: event.text }, null);
        case 'completed':
          frame = answeredFrame(frame, facts);
          return completed(event.outcome, facts);
        default:
          return '';
      }
    },
    fail: (fault) => eventOf(openaiError(fault)),
  };
}

function answeredFrame(frame: object, { model }: AnswerFacts): object {
  return { ...frame, model, service_tier: 'default', system_fingerprint: null };
}

/**
 * The deltas of tool calls. The id of a call carries what its provider wants back: one of which that is not known when it
 * begins is told whole, at the end, and so are those after it.
 */
function createCallDeltas() {
  let told = 0;
  return {
    begun({ index, id, name, providerState }: PieceOf<'tool_call'>): object | undefined {
      if (providerState === undefined || index !== told) return undefined;
      told += 1;
      const state = providerState === null ? {} : { providerState };
      return { index, ...toolCallOf({ id, name, arguments: '', ...state }) };
    },
    continued({ index, text }: PieceOf<'tool_arguments'>): object | undefined {
      return index < told ? { index, function: { arguments: text } } : undefined;
    },
    rest({ toolCalls }: ProviderAnswer): object[] {
      return toolCalls.map((each, index) => ({ index, ...toolCallOf(each) })).slice(told);
    },
  };
}
