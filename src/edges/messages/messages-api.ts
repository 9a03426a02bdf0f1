import type { RoutedApi } from '../common/api.ts';
import { anthropicError } from '../common/anthropic-error.ts';
import { eventOf } from '../common/event-text.ts';
import type { AnswerFacts } from '../common/answer-facts.ts';
import { estimateInputTokens } from '../../providers/estimate-tokens.ts';
import { parseRouteRequest } from '../../routing/request/parse-request.ts';
import { MessageEvents } from './message-events.ts';
import { parseMessagesCall, type MessagesCall } from './parse-messages-request.ts';
import { renameForMessages } from './rename.ts';
import { wordMessage, type AnsweredBy } from './word-message.ts';

/** Anthropic's Messages API, `POST /v1/messages`. */
export const messagesApi: RoutedApi<MessagesCall> = {
  parse: parseMessagesCall,
  whole: ({ view, end }, call, facts) => wordMessage(end.answer, answeredBy(view.decision.id, call, facts)),
  wants: 'all',
  stream(call) {
    let id = '';
    let events: MessageEvents | undefined;
    const told = (facts: AnswerFacts) =>
      (events ??= new MessageEvents(answeredBy(id, call, facts), inputTokensOf(call)));
    const text = (list: readonly { readonly type: string }[]) =>
      list.map((event) => eventOf(event, event.type)).join('');
    return {
      word(event, facts) {
        switch (event.kind) {
          case 'decided':
            id = event.view.decision.id;
            return '';
          case 'attempt_started':
            return '';
          case 'completed':
            return text(told(facts).completed(event.outcome.end.answer));
          default:
            return text(told(facts).piece(event));
        }
      },
      fail: (fault) => eventOf(anthropicError(fault), 'error'),
    };
  },
  fault: anthropicError,
  rename: renameForMessages,
};

/** How many input tokens a request is likely to be; a request that breaks a rule has been refused before. */
export function inputTokensOf({ input }: Pick<MessagesCall, 'input'>): number {
  const parsed = parseRouteRequest(input);
  return parsed.ok ? estimateInputTokens(parsed.value) : 0;
}

function answeredBy(decisionId: string, { showsThoughts }: MessagesCall, { model }: AnswerFacts): AnsweredBy {
  return { id: `msg_${decisionId.replaceAll('-', '')}`, model: model ?? '', showsThoughts };
}
