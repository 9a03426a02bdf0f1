import { expect, test } from 'vitest';
import { parseRouteRequest } from '../../../src/routing/request/parse-request.ts';
import type { RawMessage, RawRouteInput } from '../../../src/routing/request/raw-route-input.ts';

const hello: RawMessage = { role: 'user', content: 'Hello' };

function requestOf(input: Partial<RawRouteInput>) {
  const parsed = parseRouteRequest({ messages: [hello], ...input });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.value;
}

/** Where the issues of an input are. */
function faultsOf(input: Partial<RawRouteInput>): string[] {
  const parsed = parseRouteRequest({ messages: [hello], ...input });
  return parsed.ok ? [] : parsed.issues.map(({ path }) => path.join('.'));
}

const faultsOfMessages = (...messages: RawMessage[]) => faultsOf({ messages });

test.each<[Partial<RawRouteInput>, boolean]>([
  [{ maxOutputTokens: 1 }, true],
  [{ maxOutputTokens: 10_000_000 }, true],
  [{ maxOutputTokens: 1_000_000_000 }, false],
  [{ temperature: 0 }, true],
  [{ temperature: 2 }, true],
  [{ temperature: Number.NaN }, false],
  [{ topP: 0 }, true],
  [{ topP: 1 }, true],
  [{ topP: 1.01 }, false],
  [{ topK: 0 }, false],
  [{ topK: 1.5 }, false],
  [{ topK: 40 }, true],
  [{ seed: -(2 ** 31) }, true],
  [{ seed: 0.5 }, false],
  [{ presencePenalty: -2.1 }, false],
  [{ frequencyPenalty: 2 }, true],
  [{ frequencyPenalty: Number.NaN }, false],
  [{ stopSequences: [] }, true],
  [{ stopSequences: [''] }, false],
  [{ stopSequences: ['\n', 'END'] }, true],
  [{ stopSequences: Array.from({ length: 65 }, (_, index) => `${index}`) }, false],
  [{ stopSequences: ['x'.repeat(501)] }, false],
  [{ sessionId: '' }, false],
  [{ sessionId: 'x'.repeat(512) }, true],
  [{ endUserId: 'x'.repeat(513) }, false],
  [{ labels: [] }, true],
  [{ labels: [{ name: 'team', value: '' }] }, true],
  [{ labels: [{ name: '', value: 'x' }] }, false],
  [{ labels: [{ name: 'team', value: 'x'.repeat(201) }] }, false],
  [
    {
      labels: [
        { name: 'a', value: 'x' },
        { name: 'a', value: 'y' },
      ],
    },
    false,
  ],
  [{ labels: Array.from({ length: 17 }, (_, index) => ({ name: `n${index}`, value: '' })) }, false],
  [{ providerOptions: { openai: { serviceTier: 'flex' } } }, true],
  [{ providerOptions: [] }, false],
  [{ providerOptions: { openai: 1 } }, false],
  [{ providerOptions: { 'Not A Slug': {} } }, false],
  [{ timeoutMs: 100 }, true],
  [{ timeoutMs: 600_000 }, true],
  [{ timeoutMs: 600_001 }, false],
  [{ maxCostUsd: 0 }, true],
  [{ maxCostUsd: 0.000001 }, true],
  [{ maxCostUsd: 0.0000001 }, false],
  [{ maxCostUsd: 1e300 }, false],
  [{ taskType: 'code.review-2_x' }, true],
  [{ taskType: '' }, false],
  [{ workflowId: 'Grüße, 世界 🚂' }, true],
  [{ workflowId: '' }, false],
  [{ workflowId: 'line\nbreak' }, false],
  [{ workflowId: '\ud800' }, false],
  [{ idempotencyKey: 'x'.repeat(200) }, true],
  [{ idempotencyKey: 'x'.repeat(201) }, false],
  [{ models: ['a/b/c', 'a/*'] }, true],
  [{ models: [] }, false],
  [{ models: Array.from({ length: 201 }, () => 'a/b') }, false],
  [{ policy: { deniedModels: ['a'] } }, false],
])('bounds: %j is legal: %s', (input, legal) => {
  const fields = Object.keys(input);
  expect(faultsOf(input).map((path) => path.split('.')[0])).toEqual(legal ? [] : fields);
});

test('what a call demands of a model is required of it, each once and in one order', () => {
  const tools = [{ name: 'look' }];
  const file = (mediaType: string) => ({ file: { base64: 'AAAA', mediaType } });
  const said = (...parts: NonNullable<RawMessage['parts']>) => ({
    messages: [{ role: 'user' as const, parts }],
  });
  expect(requestOf({ tools, toolChoice: { mode: 'required' } }).requires).toEqual(['TOOLS', 'FORCED_TOOLS']);
  expect(requestOf({ tools, toolChoice: { mode: 'tool', toolName: 'look' } }).requires).toContain(
    'FORCED_TOOLS',
  );
  expect(requestOf({ tools, toolChoice: { mode: 'auto' } }).requires).toEqual(['TOOLS']);
  expect(requestOf({ stopSequences: ['END'], requires: ['STOP_SEQUENCES'] }).requires).toEqual([
    'STOP_SEQUENCES',
  ]);
  expect(requestOf({ stopSequences: [] }).requires).toEqual([]);
  expect(requestOf(said(file('application/pdf'), file('audio/wav'))).requires).toEqual([
    'DOCUMENTS',
    'AUDIO',
  ]);
  const url = 'https://x.example/a';
  expect(requestOf(said({ image: { url } })).requires).toEqual(['VISION', 'IMAGE_URLS']);
  expect(requestOf(said({ file: { url, mediaType: 'audio/wav' } })).requires).toEqual([
    'AUDIO',
    'AUDIO_URLS',
  ]);
  expect(requestOf(said({ file: { url, mediaType: 'text/plain' } })).requires).toEqual([
    'DOCUMENTS',
    'DOCUMENT_URLS',
  ]);
  expect(requestOf(said({ image: { base64: 'iVBORw0KGgo=' } })).requires).toEqual(['VISION']);
});

test('a file is a URL or bytes with what it is, and an image shows by its bytes what it is', () => {
  const fault = (part: object) => faultsOfMessages({ role: 'user', parts: [part] });
  expect(fault({ file: { base64: 'AAAA', mediaType: 'application/pdf', filename: 'a.pdf' } })).toEqual([]);
  expect(fault({ file: { url: 'https://x.example/a.pdf', mediaType: 'application/pdf' } })).toEqual([]);
  expect(fault({ file: { mediaType: 'application/pdf' } })).toEqual(['messages.0.parts.0.file']);
  expect(fault({ file: { base64: 'AAAA', mediaType: 'pdf' } })).toEqual([
    'messages.0.parts.0.file.mediaType',
  ]);
  expect(fault({ file: { base64: '!', mediaType: 'text/plain' } })).toEqual([
    'messages.0.parts.0.file.base64',
  ]);
  expect(fault({ text: 'x', file: { base64: 'AAAA', mediaType: 'text/plain' } })).toEqual([
    'messages.0.parts.0',
  ]);
  expect(fault({ image: { base64: 'AAAA' } })).toEqual(['messages.0.parts.0.image.mediaType']);
});

test.each([
  ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]],
  ['image/jpeg', [0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1]],
  ['image/gif', [...Buffer.from('GIF89a'), 1, 0, 1, 0, 0, 0]],
  ['image/webp', [...Buffer.from('RIFF'), 36, 0, 0, 0, ...Buffer.from('WEBPVP8 ')]],
])('bytes of %s need no media type', (mediaType, bytes) => {
  const base64 = Buffer.from(bytes).toString('base64');
  expect(requestOf({ messages: [{ role: 'user', parts: [{ image: { base64 } }] }] }).messages).toEqual([
    { role: 'user', parts: [{ type: 'image', base64, mediaType }] },
  ]);
});

test('a message says where what stays the same ends', () => {
  const messages: RawMessage[] = [{ role: 'system', content: 'Be kind.', cacheBreakpoint: true }, hello];
  expect(requestOf({ messages }).messages[0]).toEqual({
    role: 'system',
    text: 'Be kind.',
    cacheBreakpoint: true,
  });
});
