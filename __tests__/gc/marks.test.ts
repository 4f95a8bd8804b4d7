/** A registry whose files nobody can look at: what its collector names in a dry run tells whether it is the one. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { doubtMarks } from '../../src/gc/index.ts';
import { localHost, type Host } from '../../src/machine/index.ts';
import type { Problem, RepositoryName } from '../../src/model/index.ts';
import { client } from '../registry/server.ts';
import { registryProgram, smallTree, startPlainService, type PlainService } from './plain-service.ts';

describe.each([2, 3] as const)('on distribution %s', (major) => {
  if (registryProgram(major) === undefined) {
    test.skip('distribution is not here', () => undefined);
    return;
  }
  let host: Host;
  let ours: PlainService;
  let other: PlainService;
  let empty: PlainService;
  beforeAll(async () => {
    host = localHost({ env: process.env });
    ours = await startPlainService({ major });
    // One more image, and so other digests behind the last tags.
    other = await startPlainService({ major, tree: { ...smallTree, revisions: 7, tagged: 7 } });
    empty = await startPlainService({ major, tree: undefined });
  });
  afterAll(async () => {
    await Promise.all([ours, other, empty].map((each) => each.close()));
    await host.close();
  });

  async function doubt(
    asked: PlainService,
    there: PlainService,
    names: readonly string[],
  ): Promise<Problem | undefined> {
    const registry = client(asked.url, { kind: 'anonymous' });
    try {
      const repositories = names as readonly RepositoryName[];
      return await doubtMarks({ host, service: there.service, registry, repositories });
    } finally {
      await registry.close();
    }
  }

  test('it names everything that the registry has at its tags', async () => {
    expect(await doubt(ours, ours, [smallTree.repository])).toBeUndefined();
  });

  test('it does not name what another registry has', async () => {
    const found = await doubt(other, ours, [smallTree.repository]);
    expect(found?.what).toContain('it is another registry');
    expect(found?.wayOut).toContain('ssh-host');
  });

  test('without a tag nothing is proven', async () => {
    expect((await doubt(ours, ours, ['apps/nobody']))?.what).toContain('there is no tag to compare');
  });

  test('a collector that says nothing proves nothing', async () => {
    expect((await doubt(ours, empty, [smallTree.repository]))?.what).toContain('says nothing of its manifests');
  });
});
