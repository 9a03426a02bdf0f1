import { LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import type { InputIssue } from '../../system/input/issues.ts';
import type { Checked } from '../../system/input/reader.ts';
import type { ModelAlias } from '../model.ts';
import { soundRest } from './sound-rest.ts';
import type { AtsSource, CatalogSource, SourceProvider } from './catalog-source.ts';

// The shape alone: what may stand where. What the values must be is said by the rules of the mutations.
const number = z.number().nullish();
const text = z.string().nullish();

/** A day begins at midnight UTC. */
const dayOrInstant = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2}))?$/;

const instant = z
  .string()
  .refine((value) => dayOrInstant.test(value) && !Number.isNaN(Date.parse(value)), {
    message: 'must be a day like 2026-12-01, or an instant like 2026-12-01T08:00:00Z',
  })
  .transform((value) => Date.parse(value));

const priceShape = z.strictObject({
  from: instant.nullish(),
  aboveInputTokens: number,
  inputUsdPerMillionTokens: z.number(),
  outputUsdPerMillionTokens: z.number(),
  cachedInputUsdPerMillionTokens: number,
  cacheWriteUsdPerMillionTokens: number,
});

const modelShape = z.strictObject({
  slug: z.string(),
  enabled: z.boolean().nullish(),
  capabilities: z.array(z.string()).nullish(),
  contextWindowTokens: number,
  maxOutputTokens: number,
  reasoningTokenFloor: number,
  inputUsdPerMillionTokens: number,
  outputUsdPerMillionTokens: number,
  cachedInputUsdPerMillionTokens: number,
  cacheWriteUsdPerMillionTokens: number,
  prices: z.array(priceShape).nullish(),
  expectedFirstTokenMs: number,
  expectedMsPerOutputToken: number,
  attemptTimeoutMs: number,
  firstTokenTimeoutMs: number,
  probeIntervalMs: number,
  cacheTtlMs: number,
  embeddingSpace: text,
  maxConcurrent: number,
  efforts: z.array(z.string()).nullish(),
  samplingLocked: z.boolean().nullish(),
  maxTokensParameter: text,
  complianceScore: number,
  ats: z.record(z.string(), z.number()).nullish(),
});

const providerShape = z.strictObject({
  slug: z.string(),
  name: text,
  adapter: z.string(),
  baseUrl: text,
  credentialName: text,
  region: text,
  apiVersion: text,
  project: text,
  enabled: z.boolean().nullish(),
  maxConcurrent: number,
  limits: z.strictObject({ requestsPerMinute: number, tokensPerMinute: number }).nullish(),
  models: z.array(modelShape).nullish(),
});

const fileShape = z.strictObject({
  prune: z.boolean().nullish(),
  providers: z.array(providerShape),
  aliases: z.record(z.string(), z.union([z.string(), z.array(z.string())])).nullish(),
});

/**
 * The catalog that a YAML or JSON text describes (JSON is YAML). Issues name their place, or line and column
 * where the text cannot be read at all, and repeat no value.
 */
export function parseCatalogFile(content: string, atsSource: AtsSource): ParsedFile {
  const read = readYaml(content);
  if (!read.ok) return read;
  const shaped = fileShape.safeParse(read.value);
  if (shaped.success) return { ok: true, value: toSource(shaped.data, atsSource) };
  const issues = shaped.error.issues.flatMap(toInputIssues);
  const rest = fileShape.safeParse(soundRest(read.value, issues));
  return rest.success ? { ok: false, issues, rest: toSource(rest.data, atsSource) } : { ok: false, issues };
}

/** `rest` is what can still be judged, and never applied, of a file that has the wrong shape in places. */
export type ParsedFile = Checked<CatalogSource> & { readonly rest?: CatalogSource };

function toSource(
  { prune, providers, aliases }: z.infer<typeof fileShape>,
  atsSource: AtsSource,
): CatalogSource {
  return {
    atsSource,
    prune: prune ?? false,
    providers: providers.map(toSourceProvider),
    aliases: aliases == null ? null : Object.entries(aliases).map(([name, models]) => toAlias(name, models)),
  };
}

/** One model stands for itself, several are a list. */
function toAlias(name: string, models: string | readonly string[]): ModelAlias {
  return { name, models: typeof models === 'string' ? [models] : models };
}

function readYaml(content: string): Checked<unknown> {
  const lines = new LineCounter();
  // Pretty errors quote the line they complain about, and a line may hold what does not belong into a log.
  const document = parseDocument(content, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length === 0) return resolveAliases(document);
  const issues = document.errors.map((error): InputIssue => {
    const { line, col } = lines.linePos(error.pos[0]);
    return { path: [`line ${line}`, `column ${col}`], message: `is not YAML (${error.code})` };
  });
  return { ok: false, issues };
}

function resolveAliases(document: Document): Checked<unknown> {
  try {
    return { ok: true, value: document.toJS() as unknown };
  } catch {
    return {
      ok: false,
      issues: [{ path: [], message: 'uses an alias without its anchor, or too many aliases' }],
    };
  }
}

function toInputIssues(issue: z.core.$ZodIssue): InputIssue[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message: 'is not a known key' }));
  }
  return [
    { path, message: issue.code === 'invalid_type' ? `must be of type ${issue.expected}` : issue.message },
  ];
}

function toSourceProvider({ limits, models, ...provider }: z.infer<typeof providerShape>): SourceProvider {
  return {
    provider: {
      ...provider,
      requestsPerMinute: limits === null ? null : limits?.requestsPerMinute,
      tokensPerMinute: limits === null ? null : limits?.tokensPerMinute,
    },
    models: (models ?? []).map(({ slug, ats, ...model }) => ({
      ...model,
      providerSlug: provider.slug,
      modelSlug: slug,
      ats: ats && Object.entries(ats).map(([taskType, score]) => ({ taskType, score })),
    })),
  };
}
