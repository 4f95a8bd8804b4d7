/** What can't be read is kept, reported, and stops nothing else. */
import { describe, expect, test } from '@jest/globals';
import { pushImage, pushIndex, pushMultiPlatform, type Pushed } from '../../sandbox/push.ts';
import type { AnswerOverride } from '../../sandbox/registry.ts';
import { mediaTypes } from '../../src/model/index.ts';
import { createdOf, manifestOf, repository, stateOf, useSandbox } from './sandbox.ts';

const start = useSandbox();
const created = '2026-01-01T00:00:00Z';

test('a tag that is listed and answers 404 is a ghost, and no problem', async () => {
  const sandbox = await start();
  await pushImage(sandbox, { repository, tags: ['v1'] });
  sandbox.store.makeGhost(repository, 'gone');
  const snapshot = await sandbox.observe({ dated: 'all' });
  expect(stateOf(snapshot, 'gone')).toEqual({ kind: 'ghost' });
  expect(stateOf(snapshot, 'v1')).toMatchObject({ kind: 'points' });
  expect(snapshot.problems).toEqual([]);
});

describe('the manifest behind one tag', () => {
  const whole = (body: string): AnswerOverride => ({
    status: 200,
    headers: { 'content-type': mediaTypes.ociManifest },
    body,
  });
  test.each<[string, AnswerOverride, string]>([
    ['is no JSON', whole('hello'), 'not a JSON object'],
    ['is JSON cut in half', whole('{"schemaVersion": 2, "config": {'), 'not a JSON object'],
    ['is an empty answer', whole(''), 'not a JSON object'],
    ['is a JSON array', whole('[]'), 'not a JSON object'],
    [
      'is a web page with status 200',
      { status: 200, headers: { 'content-type': 'text/html' }, body: '<html><h1>Log in</h1></html>' },
      'a web page with status 200',
    ],
    [
      "doesn't match its digest",
      (real) => ({ ...real, body: '{"schemaVersion":2,"layers":[]}' }),
      'instead of sha256:',
    ],
    [
      'says another type than the registry',
      (real) => ({ ...real, headers: { ...real.headers, 'content-type': mediaTypes.ociIndex } }),
      'says',
    ],
    ['is refused with 500 (schema 1 on 3.x)', { status: 500, body: '{"errors":[{"code":"UNKNOWN"}]}' }, '500 UNKNOWN'],
    ['breaks off in the middle, again and again', (real) => ({ ...real, drop: 'body' }), ''],
  ])('%s', async (_, answer, why) => {
    const sandbox = await start();
    const good = await pushImage(sandbox, { repository, tags: ['v1'], created });
    await pushImage(sandbox, { repository, tags: ['v2'], created });
    sandbox.answer({ method: 'GET', path: /manifests\/v2$/ }, answer);
    const snapshot = await sandbox.observe({ dated: 'all' });
    expect(stateOf(snapshot, 'v2')).toEqual({ kind: 'unreadable', why: expect.stringContaining(why) });
    expect(snapshot.problems).toEqual([
      {
        at: 'apps/web:v2',
        what: expect.stringContaining(why),
        wayOut: 'It is kept, with all that it may hold. Push the image again or delete it by hand.',
      },
    ]);
    expect(stateOf(snapshot, 'v1')).toEqual({ kind: 'points', digest: good.digest });
    expect(createdOf(snapshot, good)).toMatchObject({ kind: 'known' });
  });

  test('is schema 1 on distribution 3.x, which the sandbox refuses as 3.x does', async () => {
    const sandbox = await start({ profile: 'distribution-3.1' });
    await pushImage(sandbox, { repository, tags: ['v2'] });
    const bytes = new TextEncoder().encode('{"schemaVersion":1,"fsLayers":[]}');
    sandbox.store.putManifest(repository, mediaTypes.dockerSchema1Signed, bytes, 'v1');
    const snapshot = await sandbox.observe();
    expect(stateOf(snapshot, 'v1')).toMatchObject({ kind: 'unreadable' });
    expect(stateOf(snapshot, 'v2')).toMatchObject({ kind: 'points' });
    expect(snapshot.problems.map(({ at }) => at)).toEqual(['apps/web:v1']);
  });

  test('is JSON of its digest, and no manifest: the tag points at something opaque', async () => {
    const sandbox = await start();
    const bytes = new TextEncoder().encode('{"schemaVersion":2,"config":{},"layers":[],"manifests":[]}');
    const digest = sandbox.store.putManifest(repository, mediaTypes.ociManifest, bytes, 'v1');
    const snapshot = await sandbox.observe({ dated: 'all' });
    expect(stateOf(snapshot, 'v1')).toEqual({ kind: 'points', digest });
    expect(manifestOf(snapshot, { digest })).toMatchObject({ kind: 'opaque', size: bytes.length });
    expect(snapshot.problems.map(({ at }) => at)).toEqual([`apps/web@${digest}`]);
  });
});

describe('an index', () => {
  const broken = async (): Promise<[Awaited<ReturnType<typeof start>>, Pushed, Pushed, Pushed]> => {
    const sandbox = await start();
    const amd64 = await pushImage(sandbox, { repository, seed: 'amd64', created });
    const arm64 = await pushImage(sandbox, { repository, seed: 'arm64', created: '2026-02-01T00:00:00Z' });
    const index = await pushIndex(sandbox, { repository, tags: ['v1'], children: [amd64, arm64] });
    return [sandbox, amd64, arm64, index];
  };

  test("whose child isn't there keeps the child's digest, and is as new as the others", async () => {
    const [sandbox, amd64, arm64, index] = await broken();
    sandbox.store.removeManifest(repository, arm64.digest);
    const snapshot = await sandbox.observe({ dated: 'all' });
    expect(manifestOf(snapshot, index)).toMatchObject({ children: [amd64.digest, arm64.digest] });
    expect(manifestOf(snapshot, arm64)).toBeUndefined();
    expect(createdOf(snapshot, index)).toEqual({ kind: 'known', at: '2026-01-01T00:00:00.000Z', source: 'children' });
    expect(snapshot.problems).toEqual([]);
  });

  test("whose child can't be read has an opaque child, a problem, and no date", async () => {
    const [sandbox, amd64, arm64, index] = await broken();
    sandbox.answer({ method: 'GET', path: new RegExp(arm64.digest) }, { status: 500, body: '' });
    const snapshot = await sandbox.observe({ dated: 'all' });
    expect(stateOf(snapshot, 'v1')).toEqual({ kind: 'points', digest: index.digest });
    expect(manifestOf(snapshot, arm64)).toMatchObject({ kind: 'opaque', digest: arm64.digest });
    expect(manifestOf(snapshot, amd64)).toMatchObject({ kind: 'image' });
    expect(createdOf(snapshot, index)).toEqual({ kind: 'unknown', why: 'unreadable' });
    expect(snapshot.problems.map(({ at }) => at)).toEqual([`apps/web@${arm64.digest}`]);
  });

  test('that lists what it must not is opaque itself, and its children are not asked for', async () => {
    const sandbox = await start();
    const child = await pushMultiPlatform(sandbox, { repository, platforms: [{ os: 'linux', architecture: 'amd64' }] });
    const bytes = new TextEncoder().encode(
      JSON.stringify({ schemaVersion: 2, manifests: [{ ...child.children[0], digest: '../secret' }] }),
    );
    const digest = sandbox.store.putManifest(repository, mediaTypes.ociIndex, bytes, 'v1');
    const snapshot = await sandbox.observe();
    expect(manifestOf(snapshot, { digest })).toMatchObject({
      kind: 'opaque',
      why: expect.stringContaining('manifests.0.digest'),
    });
    expect(sandbox.asked(/manifests/)).toEqual(['GET manifests/v1']);
  });
});

describe('a config', () => {
  test.each<[string, AnswerOverride, string]>([
    ["that isn't there", { status: 404, body: '{"errors":[{"code":"BLOB_UNKNOWN"}]}' }, 'it is not there'],
    ["that doesn't match its digest", { status: 200, body: '{"created":"2026-01-01T00:00:00Z"}' }, ''],
    ['that the registry fails to read', { status: 500, body: '' }, '500'],
  ])('%s leaves the image undated, with a problem', async (_, answer, why) => {
    const sandbox = await start();
    const good = await pushImage(sandbox, { repository, tags: ['v1'], created });
    const bad = await pushImage(sandbox, { repository, tags: ['v2'], created });
    const config = bad.blobs[0]?.digest ?? '';
    sandbox.answer({ path: new RegExp(`blobs/${config}`) }, answer);
    const snapshot = await sandbox.observe({ dated: 'all' });
    expect(createdOf(snapshot, bad)).toEqual({ kind: 'unknown', why: 'unreadable' });
    expect(createdOf(snapshot, good)).toMatchObject({ kind: 'known' });
    expect(snapshot.problems).toMatchObject([{ at: `apps/web@${config}`, what: expect.stringContaining(why) }]);
  });

  test('that is none leaves the image undated', async () => {
    const sandbox = await start();
    const config = new TextEncoder().encode('no JSON');
    const digest = sandbox.store.putBlob(repository, config);
    const manifest = {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: mediaTypes.ociConfig, digest, size: config.length },
      layers: [],
    };
    const bytes = new TextEncoder().encode(JSON.stringify(manifest));
    const image = sandbox.store.putManifest(repository, mediaTypes.ociManifest, bytes, 'v1');
    const snapshot = await sandbox.observe({ dated: 'all' });
    expect(createdOf(snapshot, { digest: image })).toEqual({ kind: 'unknown', why: 'unreadable' });
    expect(snapshot.problems).toMatchObject([{ what: "the image's config can't be read: it is no config" }]);
  });
});

test('a registry that is out of order for one manifest after every retry leaves that one unreadable', async () => {
  const sandbox = await start();
  await pushImage(sandbox, { repository, tags: ['v1'] });
  await pushImage(sandbox, { repository, tags: ['v2'] });
  sandbox.answer({ method: 'GET', path: /manifests\/v1$/ }, { status: 503, body: '' });
  const snapshot = await sandbox.observe();
  expect(stateOf(snapshot, 'v1')).toMatchObject({ kind: 'unreadable' });
  expect(stateOf(snapshot, 'v2')).toMatchObject({ kind: 'points' });
});

test('an account that may not read is no trait of a manifest: it is thrown', async () => {
  const sandbox = await start();
  await pushImage(sandbox, { repository, tags: ['v1'] });
  sandbox.answer({ method: 'GET', path: /manifests/ }, { status: 403, body: '{"errors":[{"code":"DENIED"}]}' });
  await expect(sandbox.observe()).rejects.toMatchObject({ name: 'RegistryError', kind: 'denied' });
});
