// `npm run catalog:check`: the prices, windows and names of the built-in catalog beside those of a maintained public
// price package, whose data come with it. Differences are printed, for people to look up at the provider: the package
// may be behind as well. With `--strict` they are a failure.
import { parseCatalogFile } from '../src/catalog/source/catalog-file.ts';
import { readSourceDocument } from '../src/catalog/source/source-document.node.ts';
import { differencesOf, tableOf, type OurModel } from './catalog-differences.ts';
import { lookUpPrices } from './price-package.ts';

const DAY_MS = 86_400_000;
const { content, atsSource } = readSourceDocument(null);
const source = parseCatalogFile(content, atsSource);
if (!source.ok) throw new Error(JSON.stringify(source.issues));
const models = source.value.providers
  .filter(({ provider }) => provider.adapter !== 'simulated')
  .flatMap((each) => each.models)
  .map((model): OurModel => {
    const prices: Readonly<Record<string, unknown>> = { ...model };
    const priceOf = (name: string) => (typeof prices[name] === 'number' ? prices[name] : null);
    return {
      providerSlug: model.providerSlug,
      modelSlug: model.modelSlug,
      contextWindowTokens: model.contextWindowTokens ?? null,
      input: priceOf('inputUsdPerMillionTokens'),
      output: priceOf('outputUsdPerMillionTokens'),
      cachedInput: priceOf('cachedInputUsdPerMillionTokens'),
      cacheWrite: priceOf('cacheWriteUsdPerMillionTokens'),
    };
  });
const dayStart = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const differences = differencesOf(models, (provider, model) => lookUpPrices(provider, model, dayStart));
console.log(tableOf(differences));
console.log(`\n${models.length} models were compared, ${differences.length} differences found.`);
if (differences.length > 0 && process.argv.includes('--strict')) process.exitCode = 1;
