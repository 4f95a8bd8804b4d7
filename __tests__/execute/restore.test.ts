/** What was deleted is put back, and nothing else happens: on a registry in memory, and between two given requests. */
import { describe, expect, test } from '@jest/globals';
import {
  fallbackTag,
  fetchManifest,
  pushArtifact,
  pushCacheIndex,
  pushFallbackIndex,
  pushImage,
  pushIndex,
  pushMultiPlatform,
  pushSignature,
  type Pushed,
} from '../../sandbox/push.ts';
import type { SandboxProfile, SandboxRegistry } from '../../sandbox/registry.ts';
import { placeholder } from '../../src/execute/placeholder.ts';
import { journalOf, runPrune, runRestore, useRegistry, writes } from '../commands/step.ts';
import type { MemoryRuntime } from '../support/runtime.ts';

const start = useRegistry();
const repository = 'apps/web';
const rule = { repositories: repository, tags: 'build-{number}', 'keep-last': '1' };
const profiles: readonly SandboxProfile[] = ['distribution-2.8', 'distribution-3.1', 'oci-1.1'];

/** Every tag with what it names, and every manifest with its type and bytes. */
function contentOf({ store }: SandboxRegistry, name = repository): object {
  const manifests = [...store.manifests(name)].map(([digest, { mediaType, bytes }]) => [
    digest,
    mediaType,
    Buffer.from(bytes).toString('base64'),
  ]);
  return { tags: [...store.tags(name)].sort(), manifests: manifests.sort() };
}

async function pruned(registry: SandboxRegistry, inputs = {}): Promise<string> {
  const runtime = await runPrune(registry, { ...rule, ...inputs });
  expect(runtime.failures).toEqual([]);
  registry.forgetRequests();
  return journalOf(runtime);
}

const written = ({ requests }: SandboxRegistry): readonly string[] =>
  requests.flatMap(({ method, path }) => (writes.includes(method) ? [`${method} ${path}`] : []));
const putTags = (registry: SandboxRegistry): readonly string[] =>
  written(registry).flatMap((each) => /manifests\/(?!sha256:)(.*)$/.exec(each)?.[1] ?? []);
const warnings = ({ lines }: MemoryRuntime): readonly string[] => lines.filter((line) => line.startsWith('warning: '));
const gone = (registry: SandboxRegistry, digest: string | undefined): boolean =>
  registry.store.unlinkBlob(repository, digest ?? '');

const image = (registry: SandboxRegistry, name: string, ...tags: readonly string[]): Promise<Pushed> =>
  pushImage(registry, { repository, tags, seed: name });

describe.each(profiles)('%s', (profile) => {
  test('everything that went is there again, byte for byte', async () => {
    const registry = await start({ profile });
    const platforms = [
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ];
    const index = await pushMultiPlatform(registry, { repository, tags: ['build-1'], platforms, attestations: true });
    await pushSignature(registry, { repository, of: index });
    const artifactType = 'application/vnd.example.sbom';
    const referrer = await pushArtifact(registry, { repository, artifactType, subject: index });
    const nested = await pushArtifact(registry, { repository, artifactType, subject: referrer });
    await pushFallbackIndex(registry, { repository, subject: index, referrers: [referrer] });
    await pushFallbackIndex(registry, { repository, subject: referrer, referrers: [nested] });
    const shared = await image(registry, 'shared', 'build-2', 'stable');
    await pushCacheIndex(registry, { repository, tags: ['build-3'], layers: shared.blobs.slice(1) });
    await pushImage(registry, { repository, tags: ['build-4'], format: 'docker' });
    await image(registry, 'newest', 'build-5');
    const before = contentOf(registry);

    const journal = await pruned(registry);
    expect(registry.store.tags(repository).size).toBe(2);
    const runtime = await runRestore(registry, journal);
    expect(runtime.failures).toEqual([]);
    expect(warnings(runtime)).toEqual([]);
    expect(contentOf(registry)).toEqual(before);

    registry.forgetRequests();
    const again = await runRestore(registry, journal);
    expect(again.failures).toEqual([]);
    expect(written(registry)).toEqual([]);
    expect(again.outputs.get('restored-tag-count')).toBe('0');
    expect(again.outputs.get('restored-manifest-count')).toBe('0');
  });
});

test('an index waits for its platforms, a referrer for its subject, and tags for them all', async () => {
  const registry = await start();
  const child = await image(registry, 'child');
  const subject = await pushIndex(registry, { repository, tags: ['build-1'], children: [child] });
  const artifactType = 'application/vnd.example.sbom';
  const referrer = await pushArtifact(registry, { repository, artifactType, subject });
  const fallback = await pushFallbackIndex(registry, { repository, subject, referrers: [referrer] });
  await image(registry, 'newest', 'build-2');
  const lines = (await pruned(registry)).trimEnd().split('\n');
  await runRestore(registry, `${lines.toReversed().join('\n')}\n`);
  const puts = written(registry).map((each) => each.replace(/.*manifests\//, ''));
  expect(puts.slice(0, 4)).toEqual([child, subject, referrer, fallback].map(({ digest }) => digest));
  expect(puts.slice(4).sort()).toEqual(['build-1', fallbackTag(subject.digest)]);
});

test('an image that only lost a tag gets it back', async () => {
  const registry = await start();
  await image(registry, 'shared', 'build-1', 'stable');
  await image(registry, 'newest', 'build-2');
  const before = contentOf(registry);
  await runRestore(registry, await pruned(registry));
  expect(contentOf(registry)).toEqual(before);
  expect(written(registry)).toEqual([`PUT /v2/${repository}/manifests/build-1`]);
});

test('an untagged manifest that was deleted is there again by its digest, and has no tag', async () => {
  const registry = await start();
  const untagged = await image(registry, 'untagged');
  const entry = {
    version: 1,
    registry: registry.url,
    repository,
    digest: untagged.digest,
    mediaType: untagged.mediaType,
    bytesBase64: Buffer.from(untagged.bytes).toString('base64'),
    tags: [],
    role: 'untagged',
    at: '2026-11-22T01:30:00.000Z',
  };
  registry.store.removeManifest(repository, untagged.digest);
  const runtime = await runRestore(registry, `${JSON.stringify(entry)}\n`);
  expect(runtime.failures).toEqual([]);
  expect((await fetchManifest(registry, repository, untagged.digest))?.bytes).toEqual(untagged.bytes);
  expect(registry.store.tags(repository).size).toBe(0);
});

describe('a tag that exists', () => {
  test('on another image is never moved; the former image is there by its digest', async () => {
    const registry = await start();
    const old = await image(registry, 'old', 'build-1');
    await image(registry, 'newest', 'build-2');
    const journal = await pruned(registry);
    const pushed = await image(registry, 'pushed since', 'build-1');
    const runtime = await runRestore(registry, journal);
    expect(runtime.failures).toEqual([]);
    expect(registry.store.tags(repository).get('build-1')).toBe(pushed.digest);
    expect(await fetchManifest(registry, repository, old.digest)).toBeDefined();
    expect(putTags(registry)).toEqual([]);
    expect(warnings(runtime)).toEqual([expect.stringContaining(`${repository}:build-1: it names ${pushed.digest}`)]);
    expect(warnings(runtime)[0]).toContain(`${repository}@${old.digest}`);
  });

  test('from the moment before our PUT on is not moved either', async () => {
    const registry = await start();
    await image(registry, 'old', 'build-1');
    await image(registry, 'newest', 'build-2');
    const journal = await pruned(registry);
    let pushed: Pushed | undefined;
    // The first question is whether anything is missing, the second comes right before the PUT.
    registry.before({ method: 'HEAD', path: /manifests\/build-1$/, nth: 2 }, async () => {
      pushed = await image(registry, 'pushed meanwhile', 'build-1');
    });
    const runtime = await runRestore(registry, journal);
    expect(pushed).toBeDefined();
    expect(registry.store.tags(repository).get('build-1')).toBe(pushed?.digest);
    expect(putTags(registry)).toEqual([]);
    expect(warnings(runtime)).toHaveLength(1);
  });

  test('that is pushed right after our PUT stays theirs, and is said', async () => {
    const registry = await start();
    await image(registry, 'old', 'build-1');
    await image(registry, 'newest', 'build-2');
    const journal = await pruned(registry);
    let pushed: Pushed | undefined;
    registry.before({ method: 'HEAD', path: /manifests\/build-1$/, nth: 3 }, async () => {
      pushed = await image(registry, 'pushed meanwhile', 'build-1');
    });
    const runtime = await runRestore(registry, journal);
    expect(registry.store.tags(repository).get('build-1')).toBe(pushed?.digest);
    expect(runtime.outputs.get('restored-tag-count')).toBe('0');
    expect(warnings(runtime)).toEqual([expect.stringContaining('it names')]);
  });

  test("and can't be read is left as it is, and fails", async () => {
    const registry = await start();
    await image(registry, 'old', 'build-1');
    await image(registry, 'newest', 'build-2');
    const journal = await pruned(registry);
    await image(registry, 'somebody else', 'build-1');
    registry.answer({ path: /manifests\/build-1$/ }, { status: 500 });
    const runtime = await runRestore(registry, journal);
    expect(runtime.failures).toHaveLength(1);
    expect(runtime.lines.join('\n')).toContain('it is left as it is');
    expect(putTags(registry)).toEqual([]);
  });

  test('a fallback index of referrers is a tag like any other', async () => {
    const registry = await start({ profile: 'distribution-2.8' });
    const subject = await image(registry, 'old', 'build-1');
    await image(registry, 'newest', 'build-2');
    const artifactType = 'application/vnd.example.sbom';
    const referrer = await pushArtifact(registry, { repository, artifactType, subject });
    await pushFallbackIndex(registry, { repository, subject, referrers: [referrer] });
    const journal = await pruned(registry);
    expect([...registry.store.tags(repository).keys()]).toEqual(['build-2']);
    const other = await pushArtifact(registry, { repository, artifactType, subject, content: 'a new one' });
    const theirs = await pushFallbackIndex(registry, { repository, subject, referrers: [other] });
    const runtime = await runRestore(registry, journal);
    expect(registry.store.tags(repository).get(fallbackTag(subject.digest))).toBe(theirs.digest);
    expect(registry.store.tags(repository).get('build-1')).toBe(subject.digest);
    expect(warnings(runtime)).toHaveLength(1);
  });

  test('as a ghost does not: it gets its image back', async () => {
    const registry = await start();
    const old = await image(registry, 'old', 'build-1');
    await image(registry, 'newest', 'build-2');
    const journal = await pruned(registry);
    registry.store.setTag(repository, 'build-1', old.digest);
    await runRestore(registry, journal);
    expect((await fetchManifest(registry, repository, 'build-1'))?.digest).toBe(old.digest);
  });
});

describe('a placeholder', () => {
  const config = new TextEncoder().encode('{}');
  const cover = (registry: SandboxRegistry, bytes: Uint8Array): void => {
    registry.store.linkBlob(repository, registry.store.putBlob(repository, config));
    registry.store.putManifest(repository, placeholder('x').mediaType, bytes, 'build-1');
  };

  test('that a run left on a tag is no image of anybody: the tag gets its own back', async () => {
    const registry = await start();
    const old = await image(registry, 'old', 'build-1');
    await image(registry, 'newest', 'build-2');
    const journal = await pruned(registry);
    cover(registry, placeholder('of a run that died').bytes);
    const runtime = await runRestore(registry, journal);
    expect(runtime.failures).toEqual([]);
    expect(registry.store.tags(repository).get('build-1')).toBe(old.digest);
    expect(runtime.lines.join('\n')).toContain('in place of a placeholder');
    expect(runtime.outputs.get('restored-tag-count')).toBe('1');
  });

  test('is known by its bytes: what only says that it is one is left', async () => {
    const registry = await start();
    await image(registry, 'old', 'build-1');
    await image(registry, 'newest', 'build-2');
    const journal = await pruned(registry);
    const like = new TextDecoder().decode(placeholder('of nobody').bytes).replace('{', '{ ');
    cover(registry, new TextEncoder().encode(like));
    const runtime = await runRestore(registry, journal);
    expect(putTags(registry)).toEqual([]);
    expect(warnings(runtime)).toHaveLength(1);
  });

  test('that the journal has, since the run had found it, is not put back', async () => {
    const registry = await start();
    await image(registry, 'old', 'build-1');
    await image(registry, 'newest', 'build-2');
    cover(registry, placeholder('of a run that died').bytes);
    const journal = await pruned(registry, { 'keep-last': '1' });
    expect([...registry.store.tags(repository).keys()]).toEqual(['build-2']);
    const runtime = await runRestore(registry, journal);
    expect(runtime.failures).toEqual([]);
    expect(written(registry)).toEqual([]);
    expect(warnings(runtime)).toEqual([expect.stringContaining('restore that one')]);
  });
});

describe('what the registry has collected', () => {
  test('is named, with what it takes along, and the rest comes back', async () => {
    const registry = await start();
    const whole = await image(registry, 'whole', 'build-1');
    const broken = await image(registry, 'broken');
    const index = await pushIndex(registry, { repository, tags: ['build-2'], children: [whole, broken] });
    await image(registry, 'newest', 'build-3');
    const journal = await pruned(registry);
    const layer = broken.blobs[1]?.digest ?? '';
    expect(gone(registry, layer)).toBe(true);
    const runtime = await runRestore(registry, journal);
    expect([...registry.store.tags(repository).keys()].sort()).toEqual(['build-1', 'build-3']);
    expect(written(registry).some((each) => each.includes(index.digest) || each.endsWith('build-2'))).toBe(false);
    expect(runtime.failures).toEqual(['One thing went wrong; it is named above.']);
    const errors = runtime.lines.filter((line) => line.startsWith('error: '));
    expect(errors[0]).toContain(`${repository}:build-2: it can't be put back: the registry has collected ${layer}`);
    expect(runtime.outputs.get('restored-tag-count')).toBe('1');
  });

  test('at the very moment is found out all the same', async () => {
    const registry = await start();
    const old = await image(registry, 'old', 'build-1');
    await image(registry, 'newest', 'build-2');
    const journal = await pruned(registry);
    registry.before({ method: 'PUT', path: /manifests\/sha256:/ }, () => {
      gone(registry, old.blobs[0]?.digest);
    });
    const runtime = await runRestore(registry, journal);
    expect(runtime.failures).toHaveLength(1);
    expect(runtime.lines.join('\n')).toContain(`the registry has collected ${String(old.blobs[0]?.digest)}`);
    expect(putTags(registry)).toEqual([]);
  });

  test('does not concern layers that were never to be there', async () => {
    const registry = await start();
    const old = await image(registry, 'old');
    const layer = {
      mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
      digest: `sha256:${'7'.repeat(64)}`,
      size: 7,
      urls: ['https://layers.example.com/7'],
    };
    const manifest = JSON.parse(new TextDecoder().decode(old.bytes)) as Record<string, unknown>;
    const bytes = new TextEncoder().encode(JSON.stringify({ ...manifest, layers: [layer] }));
    registry.store.putManifest(repository, old.mediaType, bytes, 'build-1');
    await image(registry, 'newest', 'build-2');
    const before = contentOf(registry);
    const runtime = await runRestore(registry, await pruned(registry));
    expect(runtime.failures).toEqual([]);
    expect(contentOf(registry)).toEqual(before);
  });
});

describe('a registry that', () => {
  async function twoDeleted(): Promise<{ readonly registry: SandboxRegistry; readonly journal: string }> {
    const registry = await start();
    for (const number of [1, 2, 3]) await image(registry, String(number), `build-${number}`);
    return { registry, journal: await pruned(registry) };
  }

  test('refuses one manifest: its tag is not put, the others are', async () => {
    const { registry, journal } = await twoDeleted();
    const first = /"digest":"(sha256:\w+)"/.exec(journal)?.[1] ?? '';
    registry.answer({ method: 'PUT', path: new RegExp(first) }, { status: 413, body: 'too large' });
    const runtime = await runRestore(registry, journal);
    expect(runtime.failures).toHaveLength(1);
    expect(runtime.outputs.get('restored-tag-count')).toBe('1');
    expect(putTags(registry)).toHaveLength(1);
  });

  test('says 500 and has done it: what counts is what is there', async () => {
    const { registry, journal } = await twoDeleted();
    registry.answer({ method: 'PUT', path: /manifests\/build-1$/ }, (real) => ({ ...real, status: 500 }));
    const runtime = await runRestore(registry, journal);
    expect(runtime.failures).toEqual([]);
    expect(runtime.outputs.get('restored-tag-count')).toBe('2');
  });

  test('says 201 and has not: it is found out', async () => {
    const { registry, journal } = await twoDeleted();
    registry.answer({ method: 'PUT', path: /manifests\/build-1$/ }, { status: 201 });
    const runtime = await runRestore(registry, journal);
    expect(runtime.failures).toHaveLength(1);
    expect(runtime.lines.join('\n')).toContain('confirmed that it was put back, and does not serve it');
    expect(runtime.outputs.get('restored-tag-count')).toBe('1');
  });

  test('lets this account push no more: nothing else is tried there', async () => {
    const { registry, journal } = await twoDeleted();
    registry.answer({ method: 'PUT', path: /./ }, { status: 401 });
    const runtime = await runRestore(registry, journal, { concurrency: '1' });
    expect(runtime.failures).toHaveLength(1);
    expect(putTags(registry)).toEqual([]);
    expect(runtime.outputs.get('restored-manifest-count')).toBe('0');
  });

  test("can't be read in one repository: the others are done", async () => {
    const registry = await start();
    for (const name of ['apps/api', repository])
      for (const number of [1, 2]) await pushImage(registry, { repository: name, tags: [`build-${number}`] });
    const journal = await pruned(registry, { repositories: 'apps/*' });
    registry.answer({ path: /^\/v2\/apps\/api\// }, { status: 403 });
    const runtime = await runRestore(registry, journal);
    expect(runtime.failures).toHaveLength(1);
    expect([...registry.store.tags(repository).keys()].sort()).toEqual(['build-1', 'build-2']);
    expect([...registry.store.tags('apps/api').keys()]).toEqual(['build-2']);
  });
});
