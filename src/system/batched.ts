/**
 * Joins look-ups of one turn into one: whoever asks within it is answered from what `load` brings for all of them. A key
 * that it does not bring has no value. What fails fails for all.
 */
export function batched<Key, Value>(
  load: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Value>>,
): (key: Key) => Promise<Value | undefined> {
  let asked: { readonly keys: Set<Key>; readonly found: Promise<ReadonlyMap<Key, Value>> } | undefined;

  function open() {
    const keys = new Set<Key>();
    const found = Promise.resolve().then(() => {
      asked = undefined;
      return load([...keys]);
    });
    return { keys, found };
  }

  return async (key) => {
    asked ??= open();
    asked.keys.add(key);
    return (await asked.found).get(key);
  };
}
