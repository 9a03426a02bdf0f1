// A provider in a process of its own that answers every request at once.
import { startScriptedProvider } from '../test/support/providers/scripted-provider.ts';

const provider = await startScriptedProvider({ record: false });
console.log(new URL(provider.baseUrl).origin);
process.once('SIGTERM', () => void provider[Symbol.asyncDispose]().then(() => process.exit(0)));
