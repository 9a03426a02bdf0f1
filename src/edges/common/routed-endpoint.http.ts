import type { CatalogView } from '../../catalog/catalog-view.ts';
import { createPace, type Pace } from '../../graphql/pace.ts';
import { decisionIdOf } from '../../graphql/global-id.ts';
import { isSuccess, type RouteFailure } from '../../routing/record/call-end.ts';
import type { RouteService } from '../../routing/carry/route.service.ts';
import type { FullStreamEvent } from '../../routing/stream/stream-event.ts';
import type { RouteStreamService } from '../../routing/stream/route-stream.service.ts';
import type { HttpAsked, HttpEndpoint } from '../../server/http-api.ts';
import { asUnavailable } from '../../storage/storage-fault.ts';
import { ExpectedError, ForbiddenError } from '../../system/expected-error.ts';
import { isJsonObject } from '../../system/json.ts';
import type { Log } from '../../system/log.ts';
import type { Timers } from '../../system/timers.ts';
import type { Callers } from '../../tenants/callers.service.ts';
import { mayDo, missingRole } from '../../tenants/permissions.ts';
import { endFacts, factHeaders, type AnswerFacts } from './answer-facts.ts';
import type { ParsedCall, RoutedApi, WholeApi } from './api.ts';
import { faultOfEnd, faultOfError } from './fault-of.ts';
import { refuseIn, sendFault, sendJson } from './fault.http.ts';
import type { Fault } from './fault.ts';
import { sendJsonParts } from './json-parts.http.ts';
import { JsonParts } from './json-parts.ts';
import { JsonReader, ParameterError } from './json-reader.ts';
import { createEventStream, type EventStream } from './sse.http.ts';

/** What APIs that have models called stand on. */
export interface RoutedParts {
  readonly catalog: () => CatalogView;
  readonly route: Pick<RouteService, 'route'>;
  readonly routeStream: Pick<RouteStreamService, 'routeStream' | 'routeFullStream'>;
  readonly callers: Pick<Callers, 'isLive'>;
  readonly timers: Timers;
  readonly log: Log;
}

/** Serves an API that has models called: by the one way of a call, in the words of `api`. */
export function createRoutedEndpoint<Call extends ParsedCall>(
  api: WholeApi<Call> | RoutedApi<Call>,
  parts: RoutedParts,
): HttpEndpoint {
  const word = (fault: Fault, requestId: string | null) => api.fault(fault, requestId);
  const pace = createPace(1);

  return {
    methods: ['POST'],
    isRouted: true,
    refuse: refuseIn(() => word),
    async answer(asked) {
      try {
        const call = parseCall(api, parts, asked);
        if (call.isStream && 'stream' in api) await answerStream(api, parts, { ...asked, call });
        else await answerWhole(api, { ...parts, pace }, { ...asked, call });
      } catch (thrown) {
        const error = asUnavailable(thrown) ?? thrown;
        // What is thrown after an answer has begun is for whoever called to cut off.
        if (!(error instanceof ExpectedError) || asked.response.headersSent) throw error;
        if (['INVALID_INPUT', 'NOT_FOUND', 'FORBIDDEN'].includes(error.code)) asked.countRefused();
        sendFault(asked.response, faultOfError(error, api.rename), word);
      }
    },
  };
}

/** A request with what was understood of it. */
type Understood<Call> = HttpAsked & { readonly call: Call };

function parseCall<Call extends ParsedCall>(
  api: WholeApi<Call>,
  { catalog }: RoutedParts,
  { request, viewer, body }: HttpAsked,
): Call {
  if (!mayDo(viewer.roles, 'route')) throw new ForbiddenError(missingRole(viewer.roles, 'route'));
  if (!isJsonObject(body)) throw new ParameterError('The body must be a JSON object.', []);
  return api.parse(new JsonReader(body), request.headers, catalog());
}

async function answerWhole<Call extends ParsedCall>(
  api: WholeApi<Call>,
  { route, timers, pace }: RoutedParts & { readonly pace: Pace },
  { response, viewer, signal, call }: Understood<Call>,
): Promise<void> {
  const outcome = await route.route({ viewer, input: call.input, signal });
  const facts = endFacts(outcome.view, decisionIdOf(outcome.view.decision.id));
  const headers = factHeaders(facts);
  if (!isSuccess(outcome)) {
    return sendFault(response, faultOfEnd(outcome), (fault, id) => api.fault(fault, id), headers);
  }
  const body = api.whole(outcome, call, facts);
  if (body instanceof JsonParts) await sendJsonParts(response, body, headers, { timers, pace });
  else sendJson(response, 200, body, headers);
}

async function answerStream<Call extends ParsedCall>(
  api: RoutedApi<Call>,
  { routeStream, callers, timers, log }: RoutedParts,
  { response, viewer, signal, call, takeStreamPlace }: Understood<Call>,
): Promise<void> {
  using _place = takeStreamPlace();
  let facts: AnswerFacts | undefined;
  using stream = createEventStream(response, timers, () => (facts === undefined ? {} : factHeaders(facts)));
  const wording = api.stream(call);
  const routed = { viewer, input: call.input, signal };
  const isAllowed = () => callers.isLive(viewer);
  const events: AsyncIterable<FullStreamEvent> =
    api.wants === 'all'
      ? routeStream.routeFullStream(routed, isAllowed)
      : routeStream.routeStream(routed, isAllowed);
  try {
    for await (const event of events) {
      facts = factsAfter(event, facts);
      if (event.kind === 'failed') fail(event.error);
      else {
        const text = facts === undefined ? '' : wording.word(event, facts);
        if (text !== '') await stream.send(text);
      }
    }
  } catch (err) {
    if (!stream.hasBegun()) throw err;
    log.error('A stream met a fault of ours.', { err });
    endWith(stream, wording.fail(fallen));
  }
  if (response.headersSent && !response.writableEnded) stream.end();

  function fail(error: ExpectedError | RouteFailure): void {
    // Thrown on, it is answered with its status.
    if (error instanceof Error && !stream.hasBegun()) throw error;
    const fault = error instanceof Error ? faultOfError(error, api.rename) : faultOfEnd(error);
    if (stream.hasBegun()) return void endWith(stream, wording.fail(fault));
    sendFault(
      response,
      fault,
      (each, id) => api.fault(each, id),
      facts === undefined ? {} : factHeaders(facts),
    );
  }
}

/** What is known of a call after an event; undefined: nothing is decided. */
function factsAfter(event: FullStreamEvent, facts: AnswerFacts | undefined): AnswerFacts | undefined {
  switch (event.kind) {
    case 'decided': {
      const { decision } = event.view;
      // An answer that is replayed has come to its end.
      const known = endFacts(event.view, decisionIdOf(decision.id));
      return decision.completedAt === null ? { ...known, costUsd: null, degraded: null } : known;
    }
    case 'attempt_started':
      return (
        facts && { ...facts, model: `${event.providerSlug}/${event.modelSlug}`, attempts: event.position }
      );
    case 'completed':
      return endFacts(event.outcome.view, decisionIdOf(event.outcome.view.decision.id));
    case 'failed':
      return event.error instanceof Error
        ? facts
        : endFacts(event.error.view, decisionIdOf(event.error.view.decision.id));
    default:
      return facts;
  }
}

const fallen: Fault = {
  kind: 'internal',
  message: 'Something went wrong on our side; it has been logged.',
  param: null,
  retryAfterMs: null,
};

function endWith(stream: EventStream, text: string): void {
  void stream.send(text);
  stream.end();
}
