import {
  GraphQLError,
  Lexer,
  parse,
  Source,
  TokenKind,
  type DocumentNode,
  type GraphQLSchema,
  type ParseOptions,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { checkAnswerCost } from '../graphql/answer-cost.ts';
import { checkSubscriptions } from './operations/check-subscription.ts';

/** Lexical tokens of a document at most: the longest sensible one has some hundreds. */
const MAX_TOKENS = 4_000;

/** Characters of a document at most: long texts belong into variables, which are not read twice. */
const MAX_CHARACTERS = 2_000_000;

/** Brackets of any kind open at once at most: the parser is recursive, and the stack ends somewhere. */
const MAX_NESTING = 200;

/**
 * How many documents are kept parsed, how long each may be – longer ones hold texts, and hardly come again –, and how
 * many characters all of them have: each takes up to a quarter of a kilobyte when it is parsed.
 */
const kept = { documents: 250, characters: 8_000, charactersInAll: 200_000 } as const;

/**
 * Refuses a document that is too much to parse or to answer, as if it were malformed, over every transport, and one
 * whose fields would read its variables too often.
 */
export function limitDocuments(schema: GraphQLSchema): Plugin {
  function parseBounded(text: string | Source, options?: ParseOptions): DocumentNode {
    const source = typeof text === 'string' ? new Source(text) : text;
    checkSize(source);
    const document = parse(source, options);
    checkAnswerCost(schema, document);
    checkSubscriptions(document);
    return document;
  }
  return { onParse: ({ setParseFn }) => setParseFn(parseBounded) };
}

const levels: Partial<Record<TokenKind, number>> = {
  [TokenKind.BRACE_L]: 1,
  [TokenKind.BRACKET_L]: 1,
  [TokenKind.PAREN_L]: 1,
  [TokenKind.BRACE_R]: -1,
  [TokenKind.BRACKET_R]: -1,
  [TokenKind.PAREN_R]: -1,
};

function checkSize(source: Source): void {
  // Before anything is read: one block string of megabytes would take the lexer half a second.
  if (source.body.length > MAX_CHARACTERS) {
    throw new GraphQLError(`The document has more than ${MAX_CHARACTERS} characters.`, {
      source,
      positions: [0],
    });
  }
  const lexer = new Lexer(source);
  let nesting = 0;
  for (let tokens = 1; lexer.advance().kind !== TokenKind.EOF; tokens += 1) {
    nesting += levels[lexer.token.kind] ?? 0;
    const excess =
      tokens > MAX_TOKENS
        ? `has more than ${MAX_TOKENS} tokens`
        : nesting > MAX_NESTING && `nests more than ${MAX_NESTING} levels deep`;
    if (excess) throw new GraphQLError(`The document ${excess}.`, { source, positions: [lexer.token.start] });
  }
}

/** Keeps what documents were parsed to, those that came first leaving first. */
export function createDocumentCache<Parsed>() {
  const cache = new Map<string, Parsed>();
  let characters = 0;
  return {
    get: (text: string) => cache.get(text),
    set(text: string, parsed: Parsed): void {
      if (text.length > kept.characters) return;
      if (!cache.has(text)) characters += text.length;
      cache.set(text, parsed);
      for (const first of cache.keys()) {
        if (cache.size <= kept.documents && characters <= kept.charactersInAll) break;
        cache.delete(first);
        characters -= first.length;
      }
    },
  };
}
