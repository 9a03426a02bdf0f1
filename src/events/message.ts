import type { BusEvent } from './bus.ts';
import type { Topic } from './topic.ts';

/** An event on its way between instances. */
export interface Message {
  /** The instance that sent it, whose own listeners have heard of it already. */
  readonly origin: string;
  readonly event: BusEvent;
}

/** The channel on which a topic's messages travel; `keyspace` is how all channels of the installation begin. */
export function channelOf(keyspace: string, topic: Topic): string {
  return keyspace + topic;
}

/** A message's text; its topic is the channel's. */
export function encodeMessage({ origin, event: { key, seq } }: Message): string {
  return JSON.stringify({ origin, key, seq });
}

/**
 * What a text on a topic's channel says, or undefined when it is none of ours. Fields that this release does not know
 * are passed over, because instances are replaced one by one.
 */
export function decodeMessage(topic: Topic, text: string): Message | undefined {
  const fields = parseObject(text);
  const { origin, key, seq } = fields;
  if (typeof origin !== 'string' || typeof key !== 'string' || !Number.isSafeInteger(seq)) return undefined;
  return { origin, event: { topic, key, seq: seq as number } };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text)) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}
