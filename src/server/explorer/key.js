// Asks for the key before anything else is shown: the explorer asks for the schema as soon as it is there.
{
  const KEPT = 'switchyard:key';
  const place = document.querySelector('#key');
  const input = document.querySelector('#key-text');
  const alert = place.querySelector('[role=alert]');
  const say = (text) => (alert.textContent = text);

  /** Why a key opens nothing; undefined: it does. */
  const objectionTo = async (key) => {
    try {
      const response = await fetch('/graphql', {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query: '{ __typename }' }),
      });
      if (response.ok) return undefined;
      if (response.status === 401) return 'Switchyard knows no such key, or it is revoked or has expired.';
      const { errors } = await response.json();
      return errors[0].message;
    } catch {
      return 'Switchyard cannot be asked now, or this is no key.';
    }
  };

  const open = async (key) => {
    say('');
    const objection = await objectionTo(key);
    if (objection !== undefined) {
      sessionStorage.removeItem(KEPT);
      return say(objection);
    }
    sessionStorage.setItem(KEPT, key);
    input.value = '';
    place.classList.remove('asking');
    YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), {
      ...EXPLORER,
      additionalHeaders: { authorization: `Bearer ${key}` },
      // What is written here may hold a key too: nothing of it outlives the tab.
      storage: sessionStorage,
      shouldPersistHeaders: false,
    });
  };

  // Headers that were kept for good before the key was asked for.
  for (const name of Object.keys(localStorage))
    if (name.startsWith('graphiql:')) localStorage.removeItem(name);

  place.querySelector('form').addEventListener('submit', (event) => {
    event.preventDefault();
    const key = input.value.trim().replace(/^Bearer\s+/i, '');
    if (key === '') say('Put in a key first.');
    else open(key);
  });
  document.querySelector('#key-forget').addEventListener('click', () => {
    sessionStorage.clear();
    location.reload();
  });
  const kept = sessionStorage.getItem(KEPT);
  if (kept !== null) open(kept);
}
