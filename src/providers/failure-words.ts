import type { ErrorBody } from './error-body.ts';
import type { FailureClass } from './failure.ts';

/** What a provider's own words can say of an error that its HTTP status does not. */
export type NamedClass = Extract<
  FailureClass,
  | 'QUOTA_EXHAUSTED'
  | 'RATE_LIMITED'
  | 'AUTH'
  | 'MODEL_NOT_FOUND'
  | 'CONTEXT_LENGTH'
  | 'CONTENT_FILTER'
  | 'INVALID_OUTPUT'
  | 'SERVER_ERROR'
>;

/** Codes, types and reasons, without case and separators: every provider spells them in its own way. */
const codes: readonly (readonly [NamedClass, ReadonlySet<string>])[] = [
  [
    'INVALID_OUTPUT',
    words('toolusefailed, jsonvalidatefailed, outputparsefailed, malformedtooluse, malformedmodeloutput'),
  ],
  [
    'CONTENT_FILTER',
    words(`contentfilter, contentfiltered, contentpolicyviolation, responsibleaipolicyviolation, invalidprompt,
      datainspectionfailed, moderationblocked, contentblocked, sensitivecontentdetected, promptblocked,
      inputtextsensitivecontentdetected, guardrailintervened, safetyviolation, cyberpolicy`),
  ],
  [
    'QUOTA_EXHAUSTED',
    words(`insufficientquota, insufficientuserquota, insufficientcredits, insufficientbalance, insufficientfunds,
      billingerror, billinghardlimitreached, billingnotactive, exceededcurrentquotaerror, paymentrequired,
      paymentrequirederror, creditsexhausted, creditlimit, arrearage, accountoverdueerror, spendinglimit,
      personalteamblockedspendinglimit, billingdisabled, blockedapiaccess`),
  ],
  [
    'CONTEXT_LENGTH',
    words(`contextlengthexceeded, exceedcontextsizeerror, contextexceeded, contextwindowexceeded,
      contextwindowexceedederror, modelcontextwindowexceeded, requesttoolarge, toomanyprompttokens, prompttoolong,
      tokenlimitexceeded, tokenslimitreached, maxcontextlengthexceeded, stringabovemaxlength, inputtoolong`),
  ],
  [
    'RATE_LIMITED',
    words(`ratelimitexceeded, ratelimiterror, ratelimitreached, ratelimited, ratelimit, userratelimitexceeded,
      toomanyrequests, resourceexhausted, throttlingexception, throttling, throttlingratequota, slowdown,
      throttlingallocationquota, requestlimitexceeded`),
  ],
  [
    'AUTH',
    words(`apikeyinvalid, apikeyexpired, invalidapikey, incorrectapikey, invalidauthentication, unauthenticated,
      invalidauthenticationerror, authenticationerror, unrecognizedclientexception, expiredtokenexception,
      apikeyserviceblocked, invalidsignatureexception`),
  ],
  [
    'MODEL_NOT_FOUND',
    words(`modelnotfound, invalidmodel, modeldecommissioned, modelnotavailable, deploymentnotfound, unknownmodel,
      notfounderror, modeltermsrequired, unavailablemodel, modelnotfounderror`),
  ],
  [
    'SERVER_ERROR',
    words(`overloadederror, overloaded, engineoverloaded, engineoverloadederror, serviceunavailable, unavailable,
      serverbusy, servererror, internalerror, internalservererror, aborted`),
  ],
];

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(',').map((word) => word.trim()));
}

/**
 * Prose, for those who have no code for it, in the order of trust: money and rates are told in the clearest words,
 * content in the vaguest. Each was seen in an answer of the provider beside it.
 */
const prose: readonly (readonly [NamedClass, RegExp])[] = [
  [
    'INVALID_OUTPUT',
    // Groq, Bedrock, Together
    /failed to call a function|tool call validation failed|invalid sequence as part of tooluse|failed to (generate|validate) json/i,
  ],
  [
    'QUOTA_EXHAUSTED',
    // Anthropic, OpenAI, xAI, DeepSeek, OpenRouter, Hugging Face, Alibaba, VolcEngine
    /credit balance is too low|api usage limits|available credits|(have|has) any credits|purchase (more )?credits|credits are depleted|out of credits|requires more credits|monthly (included )?credits|spending limit|spend limit|insufficient (account )?(balance|credits?|funds|quota)|account (is|in) (arrears|overdue)|overdue balance|account is in good standing|hard limit has been reached|billing (is )?(not active|disabled)|payment required|payment overdue|past invoices|balance is (insufficient|not enough)|余额不足/i,
  ],
  [
    'RATE_LIMITED',
    // Groq, OpenAI, Bedrock, Cerebras
    /(tokens|requests) per (second|minute|hour|day)|\((tpm|rpm|tpd|rpd)\)|rate[ -]limit|too many requests|throttl|please wait before/i,
  ],
  [
    'CONTEXT_LENGTH',
    new RegExp(
      [
        // OpenAI, vLLM, Mistral, DeepSeek, OpenRouter, SGLang; xAI; Poolside
        'max(imum)? (allowed )?(context|prompt|input|sequence)[ _]?(length|size|tokens)',
        // OpenAI Responses, llama.cpp, LM Studio, Together, MiniMax, Anthropic, Ollama
        'context[ _-]?(length|window|size|limit)',
        // Anthropic, Bedrock, Ollama
        '(prompt|input|request|messages?) (is |are )?too (long|large)',
        // Google, GitHub
        '(input|prompt) token count',
        // Cohere, Bedrock
        'too many (input |prompt )?tokens',
        // Groq
        'reduce the length of',
        // Moonshot
        'model token limit|token limit exceeded|exceed(s|ed)? (the )?token limit',
        // Hugging Face and Together; Alibaba; SGLang
        '`inputs` tokens \\+|range of input length|exceeds? (the )?max(imum)?[ _](seq|model)[ _]len',
        // Fireworks, Databricks, Azure
        'number of (input |prompt )?tokens.{0,40}exceed|input length.{0,40}exceed|exceed.{0,40}input length',
      ].join('|'),
      'i',
    ),
  ],
  [
    'AUTH',
    // xAI, Google
    /(incorrect|invalid|expired|wrong|missing) (x-)?api[ _-]?key|api[ _-]?key (is |was |has )?(not valid|invalid|expired|not found|missing|incorrect)|user location is not supported|free tier is not available|\b(organization|account|workspace) has been (disabled|deactivated|restricted|suspended)/i,
  ],
  [
    'MODEL_NOT_FOUND',
    // DeepSeek, xAI, Groq, Ollama; Bedrock
    /\bmodel\b.{0,120}(not exist|not found|decommissioned|no longer (available|supported)|been retired)|\b(unknown|invalid) model\b|model identifier is invalid|with on-demand throughput isn.t supported/i,
  ],
  [
    'CONTENT_FILTER',
    // Azure, Anthropic, OpenAI, xAI, OpenRouter; DeepSeek; Alibaba
    /content (filter|polic|management polic|moderation)|usage (guidelines|polic)|was flagged|been flagged for|safety (system|polic|guidelines)|content exists risk|inappropriate content|responsible ai/i,
  ],
];

/**
 * What a body's codes, types and reasons mean; undefined when they name nothing that a status does not say as well.
 * `among`: the classes that may be named.
 */
export function classOfCodes(
  body: Pick<ErrorBody, 'codes'>,
  among: (named: NamedClass) => boolean,
): NamedClass | undefined {
  const said = body.codes.map(bare);
  return codes.find(([named, known]) => among(named) && said.some((code) => known.has(code)))?.[0];
}

/** What a body's prose means; undefined when it says nothing that is known. */
export function classOfProse(
  body: Pick<ErrorBody, 'prose'>,
  among: (named: NamedClass) => boolean,
): NamedClass | undefined {
  return prose.find(([named, pattern]) => among(named) && pattern.test(body.prose))?.[0];
}

function bare(code: string): string {
  return code.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}
