import { EXTENSIONS, extensionHeaders } from '../common/extensions.ts';
import type { Rename } from '../common/fault-of.ts';

/** A path of a routed call in the words of Embeddings. A request names its models by the one name of theirs. */
export const renameForEmbeddings: Rename = ([field = '', ...rest]) => {
  if (field === 'models') return ['model'];
  if (Object.hasOwn(extensionHeaders, field)) return [EXTENSIONS, field, ...rest];
  if (field === 'endUserId') return ['user'];
  if (field !== 'embedding') return [field, ...rest];
  const [inner = '', ...path] = rest;
  return [inner === 'inputs' ? 'input' : inner, ...path];
};
