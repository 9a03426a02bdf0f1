import { capabilities } from '../../src/catalog/model.ts';
import { addModel, setTimeLimit } from '../support/graphql/admin.ts';
import { ABLE_MODEL } from '../support/hostile/edge-bodies.ts';
import { startMeasuredServer, type MeasuredServer } from '../support/hostile/measured-server.ts';
import { unthrottled } from '../support/hostile/unthrottled.ts';
import { startScriptedProvider } from '../support/providers/scripted-provider.ts';
import { homes } from '../support/servers/homes.ts';

/** A server in a process of its own, with a model that can do whatever the clients' APIs ask for. */
export async function startEdgeStage(stack: AsyncDisposableStack): Promise<MeasuredServer> {
  const home = stack.use(await homes.at(-1)!.prepare());
  const server = stack.use(await startMeasuredServer({ ...home.environment, ...unthrottled }));
  const provider = stack.use(await startScriptedProvider());
  provider.always(({ body }) => (body['stream'] === true ? { chunks: ['Sun', 'ny.'] } : { text: 'Sunny.' }));
  await addModel(server, ABLE_MODEL.split('/')[0]!, provider, {
    capabilities: capabilities.filter((capability) => capability !== 'EMBEDDINGS'),
    reasoningTokenFloor: 16,
    efforts: ['LOW', 'HIGH'],
  });
  // A call that nobody can serve waits as long as its time allows.
  await setTimeLimit(server, 1_000);
  return server;
}

/** That there is no model for a request, or no time, is an answer; whatever else is of 5xx is a fault of ours. */
export function isFault({ status, text }: { readonly status: number; readonly text: string }): boolean {
  return status === 0 || (status >= 500 && status !== 504 && !(status === 503 && !/unavailable/i.test(text)));
}
