-- Prices of what a provider's cache held or took (null: as other input), and prices beside a model's own: for long
-- prompts, and from later days on. All prices are integer micro-USD per million tokens, `from` is in milliseconds since
-- the epoch.
ALTER TABLE "models"
  ADD COLUMN "cached_input_micro_usd_per_million_tokens" BIGINT,
  ADD COLUMN "cache_write_micro_usd_per_million_tokens" BIGINT,
  ADD COLUMN "prices" JSONB NOT NULL DEFAULT '[]',
  ADD CONSTRAINT "models_cached_input_price_at_most_input" CHECK (
    "cached_input_micro_usd_per_million_tokens" BETWEEN 0 AND "input_micro_usd_per_million_tokens"
  ),
  ADD CONSTRAINT "models_cache_write_price_not_negative" CHECK ("cache_write_micro_usd_per_million_tokens" >= 0),
  ADD CONSTRAINT "models_prices_well_formed" CHECK (
    CASE jsonb_typeof("prices") WHEN 'array' THEN
      jsonb_array_length("prices") <= 32
      AND jsonb_array_length("prices") = jsonb_array_length(jsonb_path_query_array("prices", '$[*] ? (
        @.type() == "object"
        && (@.from == null || @.from >= 0)
        && @.aboveInputTokens >= 0
        && (@.from != null || @.aboveInputTokens > 0)
        && @.inputMicroUsdPerMillionTokens >= 0
        && @.outputMicroUsdPerMillionTokens >= 0
        && (
          @.cachedInputMicroUsdPerMillionTokens == null
          || (
            @.cachedInputMicroUsdPerMillionTokens >= 0
            && @.cachedInputMicroUsdPerMillionTokens <= @.inputMicroUsdPerMillionTokens
          )
        )
        && (@.cacheWriteMicroUsdPerMillionTokens == null || @.cacheWriteMicroUsdPerMillionTokens >= 0)
      )'))
    ELSE FALSE END
  );
