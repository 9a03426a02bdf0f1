import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider';
import type { ResponseHeaders } from '../provider.ts';

/** Parts of a stream, as far as they have come together; undefined: it has ended. */
export type Parts = readonly LanguageModelV4StreamPart[] | undefined;

/** A stream whose response has begun. It is let go by the signal that it was asked for with. */
export interface BegunStream {
  readonly headers: ResponseHeaders | undefined;
  /** What comes next; to be asked again only then. Rejects with what breaks the stream. */
  read(): Promise<Parts>;
}

/** A model whose answers are read part by part. */
export interface StreamingModel {
  begin(options: LanguageModelV4CallOptions): Promise<BegunStream>;
}

/** A model of the SDK's, read with the chunks that its parts are made of. */
export function streaming(model: LanguageModelV4): StreamingModel {
  return {
    async begin(options) {
      const { stream, response } = await model.doStream({ ...options, includeRawChunks: true });
      const reader = stream.getReader();
      return {
        headers: response?.headers,
        async read() {
          const { done, value } = await reader.read();
          return done ? undefined : [value];
        },
      };
    },
  };
}
