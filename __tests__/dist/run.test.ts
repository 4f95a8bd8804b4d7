/** The main job of the built action on the sandbox registry: outputs, files, summary, exit code. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { fetchManifest, pushImage, pushMultiPlatform, tag, type Pushed, type Target } from '../../sandbox/push.ts';
import { startSandboxRegistry, type SandboxProfile, type SandboxRegistry } from '../../sandbox/registry.ts';
import { runStep, type Step } from './step.ts';

// A process each; on a busy machine one takes seconds.
jest.setTimeout(60_000);

const repository = 'apps/web';
const given = { repositories: repository, tags: 'build-{number}', 'keep-last': '2' };
const doomed = ['apps/web:build-1', 'apps/web:build-2'];
const listOf = (step: Step, name: string): unknown => JSON.parse(step.outputs.get(name) ?? 'null');

describe.each(['distribution-2.8', 'distribution-3.1', 'oci-1.1'] as const)('%s', (profile: SandboxProfile) => {
  let registry: SandboxRegistry;
  let builds: readonly Pushed[];

  beforeEach(async () => {
    registry = await startSandboxRegistry({ profile });
    const target: Target = registry;
    const image = (number: number): Promise<Pushed> =>
      pushImage(target, { repository, tags: [`build-${number}`], created: `2026-01-0${number}T00:00:00Z` });
    const platforms = [
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ];
    const multi = await pushMultiPlatform(target, { repository, tags: ['build-2'], platforms, attestations: true });
    builds = [await image(1), multi, await image(3), await image(4)];
    // The first build's image has a tag that no rule names: only build-1 may go from it.
    for (const first of builds.slice(0, 1)) await tag(target, first, 'stable');
    registry.forgetRequests();
  });
  afterEach(() => registry.close());

  const tags = (): readonly string[] => [...registry.store.tags(repository).keys()].sort();
  const writes = (): readonly string[] =>
    registry.requests.filter(({ method }) => !['GET', 'HEAD'].includes(method)).map(({ method }) => method);

  test('a dry run says what would go, and sends nothing that could change anything', async () => {
    const step = await runStep({ ...given, registry: registry.url, 'dry-run': 'true' });
    expect(step).toMatchObject({ code: 0, errors: [] });
    expect(writes()).toEqual([]);
    expect(tags()).toEqual(['build-1', 'build-2', 'build-3', 'build-4', 'stable']);
    expect(listOf(step, 'stale-tags')).toEqual(doomed);
    expect(listOf(step, 'deleted-tags')).toEqual([]);
    expect(Object.fromEntries(step.outputs)).toMatchObject({
      'tags-truncated': 'false',
      'deleted-tag-count': '0',
      'deleted-manifest-count': '0',
      'kept-tag-count': '3',
      'journal-file': '',
    });
    expect(Number(step.outputs.get('reclaimable-bytes'))).toBeGreaterThan(0);
    expect([...step.files.keys()].sort()).toEqual(
      [step.outputs.get('plan-file'), step.outputs.get('report-file')].sort(),
    );
    // Every tag stands in the log with its reason, the kept ones too.
    for (const name of tags()) expect(step.log).toMatch(new RegExp(`^(?:delete|kept) +${name} +\\w`, 'm'));
    expect(step.summary).toContain('build');
  });

  test('a real run deletes exactly that, leaves its files to this account alone, and a second one finds nothing', async () => {
    const step = await runStep({ ...given, registry: registry.url });
    expect(step).toMatchObject({ code: 0, errors: [] });
    expect(tags()).toEqual(['build-3', 'build-4', 'stable']);
    for (const kept of ['build-3', 'build-4', 'stable'])
      expect(await fetchManifest(registry, repository, kept)).toBeDefined();
    for (const each of ['build-1', 'build-2', builds[1]?.digest ?? ''])
      expect(await fetchManifest(registry, repository, each)).toBeUndefined();

    expect(listOf(step, 'stale-tags')).toEqual(doomed);
    expect(listOf(step, 'deleted-tags')).toEqual(doomed);
    // build-2's index, its two platforms and their attestations.
    expect(Object.fromEntries(step.outputs)).toMatchObject({
      'deleted-tag-count': '2',
      'deleted-manifest-count': '5',
      'kept-tag-count': '3',
    });
    const named = ['plan-file', 'journal-file', 'report-file'].map((name) => step.outputs.get(name) ?? '');
    expect([...step.files.keys()].sort()).toEqual([...named].sort());
    expect([...step.files.values()].map(({ mode }) => mode)).toEqual([0o600, 0o600, 0o600]);
    const [plan = '', journal = '', report = ''] = named.map((path) => step.files.get(path)?.text ?? '');
    expect(JSON.parse(plan)).toMatchObject({ format: 'registry-prune.plan' });
    expect(JSON.parse(report)).toMatchObject({ format: 'registry-prune.report', dryRun: false });
    const entries = journal
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly digest: string; readonly bytesBase64: string });
    for (const build of builds.slice(0, 2))
      expect(entries.find(({ digest }) => digest === build.digest)?.bytesBase64).toBe(
        Buffer.from(build.bytes).toString('base64'),
      );
    expect(step.summary).toContain('apps/web');

    registry.forgetRequests();
    const again = await runStep({ ...given, registry: registry.url });
    expect(again).toMatchObject({ code: 0, errors: [] });
    expect(listOf(again, 'stale-tags')).toEqual([]);
    expect(writes()).toEqual([]);
  });
});
