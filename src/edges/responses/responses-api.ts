import type { AnswerFacts } from '../common/answer-facts.ts';
import type { RoutedApi } from '../common/api.ts';
import { eventOf } from '../common/event-text.ts';
import { faultRows } from '../common/fault.ts';
import { openaiError } from '../common/openai-error.ts';
import type { Decision } from '../../routing/record/decision.ts';
import { parseResponsesCall, type ResponsesCall } from './parse-responses-request.ts';
import { renameForResponses } from './rename.ts';
import { ResponseEvents } from './response-events.ts';
import { wordResponse, type RespondedBy } from './word-response.ts';

/** OpenAI's Responses API, `POST /v1/responses`. */
export const responsesApi: RoutedApi<ResponsesCall> = {
  parse: parseResponsesCall,
  whole: ({ view, end }, call, facts) => wordResponse(end.answer, respondedBy(view.decision, call, facts)),
  wants: 'all',
  stream(call) {
    let decision: Pick<Decision, 'id' | 'createdAt'> = { id: '', createdAt: 0 };
    let events: ResponseEvents | undefined;
    const told = (facts: AnswerFacts) => (events ??= new ResponseEvents(respondedBy(decision, call, facts)));
    const text = (list: readonly { readonly type: string }[]) =>
      list.map((event) => eventOf(event, event.type)).join('');
    return {
      word(event, facts) {
        switch (event.kind) {
          case 'decided':
            ({ decision } = event.view);
            return '';
          case 'attempt_started':
            return '';
          case 'completed':
            return text(told(facts).completed(event.outcome.end.answer));
          default:
            return text(told(facts).piece(event));
        }
      },
      fail({ kind, message }) {
        const [, code] = faultRows[kind].openai;
        const error = { code, message };
        // Nothing has been told of a response: then there is none that could have failed.
        return text((events ?? new ResponseEvents(noResponse)).failed(error));
      },
    };
  },
  fault: openaiError,
  rename: renameForResponses,
};

const noResponse: RespondedBy = {
  ...{ id: '', model: '', createdAt: 0, showsThoughts: false, handsOutState: false, echo: {} },
  spaced: new Map(),
};

function respondedBy(
  { id, createdAt }: Pick<Decision, 'id' | 'createdAt'>,
  { showsThoughts, handsOutState, spaced, echo }: ResponsesCall,
  { model }: AnswerFacts,
): RespondedBy {
  return {
    id: id.replaceAll('-', ''),
    model: model ?? '',
    createdAt: Math.floor(createdAt / 1000),
    ...{ showsThoughts, handsOutState, spaced, echo },
  };
}
