import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Viewer } from '../tenants/viewer.ts';
import type { Refusal } from './bounds/refuse.ts';

/** An API beside GraphQL that the server carries: what it serves, and where. */
export interface HttpApi {
  /** What is at a path; undefined: the path is none of this API's. */
  at(path: string): HttpEndpoint | undefined;
  /** An id for one more request, which its answer names. */
  requestId(): string;
}

/** What an API serves at one path. The server has looked at everything that holds for all APIs before it asks. */
export interface HttpEndpoint {
  /** How it may be asked; none at all: there is no such thing here. */
  readonly methods: readonly string[];
  /** Whether it has models called: the quotas of keys count that, and rates of requests do not. */
  readonly isRouted: boolean;
  /** Refuses in the API's own words what the server has found wrong. Nothing of an answer has been sent. */
  refuse(refusal: Refusal, exchange: Exchange): void;
  /**
   * Answers, to its end. May throw RateLimitedError while nothing of the answer has been sent; anything else that is
   * thrown is a fault of ours, and masked.
   */
  answer(asked: HttpAsked): Promise<void>;
}

/** A request and the way of its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** A request whose caller is known and whose body, if it has one, has been read. */
export interface HttpAsked extends Exchange {
  readonly viewer: Viewer;
  readonly path: string;
  /** What a POST says: an object or a list; undefined for any other method. */
  readonly body: object | undefined;
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
  /** Counts a request that was refused for what it says. Throws RateLimitedError when there are too many. */
  countRefused(): void;
  /** A place for an answer that is streamed, until it has ended. Throws RateLimitedError when the key has too many. */
  takeStreamPlace(): Disposable;
}
