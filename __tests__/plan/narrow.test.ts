import { describe, expect, test } from '@jest/globals';
import { build, narrow, verify, type Narrowed } from '../../src/plan/index.ts';
import type { Claim, Evidence, RepositoryPlan, Snapshot } from '../../src/model/index.ts';
import { attachmentTagOf, digestOf, instantOf } from '../arbitraries/names.ts';
import { deleting, index, manifest, numberOf, opaque, repository } from './repository.ts';

const signatureOf1 = attachmentTagOf(digestOf(1));

function summary({ plan, spared }: Narrowed): object {
  return {
    tags: plan.tags.map(({ tag }) => tag),
    manifests: plan.manifests.map(({ digest }) => numberOf(digest)),
    spared: Object.fromEntries(
      spared.map(({ subject, why }) => [subject.kind === 'tag' ? subject.tag : numberOf(subject.digest), why]),
    ),
  };
}

/** Plans to delete `a` (an index of 2 and 3), its signature and `b`, then looks again. */
const manifests = [index(1, [2, 3]), manifest(2), manifest(3), manifest(4), manifest(5), manifest(6)];
const tags = { a: 1, b: 4, [signatureOf1]: 5, kept: 6 };
const before = repository(tags, manifests);
const planned = build(before, deleting(before, 'a', 'b', signatureOf1));

function after(fresh: Snapshot, claims: readonly Claim[] = []): object {
  const narrowed = narrow(planned, fresh, claims);
  expect(verify(narrowed.plan, fresh)).toEqual([]);
  return summary(narrowed);
}

test('where nothing changed, the plan is the same, seen later', () => {
  const observedAt = instantOf('2026-11-22T02:00:00.000Z');
  expect(narrow(planned, { ...before, observedAt }, [])).toEqual({ plan: { ...planned, observedAt }, spared: [] });
});

describe('what others did meanwhile', () => {
  test('a tag that moved is left alone; what it pointed at goes, since nobody else holds it', () => {
    expect(after(repository({ ...tags, b: 6 }, manifests))).toEqual({
      tags: ['a', signatureOf1],
      manifests: [1, 4, 2, 3, 5],
      spared: { b: 'moved' },
    });
  });

  test('a tag that can not be read now is left alone, and every manifest with it', () => {
    expect(after(repository({ ...tags, b: 'unreadable' }, manifests))).toMatchObject({ tags: ['a'], manifests: [] });
  });

  test('a tag that is gone is said to be gone', () => {
    expect(after(repository({ a: 1, [signatureOf1]: 5, kept: 6 }, manifests))).toMatchObject({
      spared: { b: 'already-gone' },
    });
  });

  test('a tag that answers nothing any more goes as a ghost', () => {
    const { plan, spared } = narrow(planned, repository({ ...tags, b: 'ghost' }, manifests), []);
    expect(plan.tags.map(({ tag, digest }) => [tag, digest])).toContainEqual(['b', undefined]);
    expect(spared).toEqual([]);
  });

  test('a ghost that somebody pushed to has moved', () => {
    const ghosts = repository({ g: 'ghost' }, [manifest(1)]);
    const plan = build(ghosts, deleting(ghosts, 'g'));
    expect(summary(narrow(plan, repository({ g: 1 }, [manifest(1)]), []))).toMatchObject({ spared: { g: 'moved' } });
  });

  test('a new tag on a doomed image: the image stays with its platforms and its signature, the doomed tag goes', () => {
    expect(after(repository({ ...tags, copy: 1 }, manifests))).toEqual({
      tags: ['a', 'b'],
      manifests: [4],
      spared: { 1: 'gained-a-kept-tag', 2: 'now-held', 3: 'now-held', 5: 'now-held', [signatureOf1]: 'now-held' },
    });
  });

  test('a new index over a doomed platform: that platform stays', () => {
    const fresh = repository({ ...tags, fresh: 9 }, [...manifests, index(9, [2])]);
    expect(after(fresh)).toMatchObject({ spared: { 2: 'now-held' } });
  });

  test('a new signature on a doomed image: it is not left behind, so the image stays', () => {
    const fresh = repository({ ...tags, [attachmentTagOf(digestOf(4))]: 9 }, [...manifests, manifest(9)]);
    expect(after(fresh)).toMatchObject({ tags: ['a', 'b', signatureOf1], spared: { 4: 'now-held' } });
  });

  test('a manifest that can not be read any more may hold all of them', () => {
    const fresh = repository(tags, [...manifests.slice(0, 3), opaque(4), ...manifests.slice(4)]);
    expect(after(fresh)).toMatchObject({ tags: ['a'], manifests: [] });
  });

  test('a manifest that is not shown any more: what went with it alone is left alone', () => {
    const nested = repository({ a: 1 }, [index(1, [2]), index(2, [3]), manifest(3)]);
    const plan = build(nested, deleting(nested, 'a'));
    const fresh = repository({}, [index(2, [3]), manifest(3)]);
    expect(summary(narrow(plan, fresh, []))).toEqual({
      tags: [],
      manifests: [],
      spared: { a: 'already-gone', 1: 'already-gone', 2: 'now-held', 3: 'now-held' },
    });
  });
});

describe('what an interrupted run had set about to delete', () => {
  const [of1, of2, of3] = [digestOf(1), digestOf(2), digestOf(3)];
  const [nested, rest] = [[index(1, [2]), index(2, [3]), manifest(3)], manifest(5)];
  const whole = repository({ a: 1, [attachmentTagOf(of3)]: 5 }, [...nested, rest]);
  const plan = build(whole, deleting(whole, 'a', attachmentTagOf(of3)));
  const left = repository({ [attachmentTagOf(of3)]: 5 }, [manifest(3), rest]);

  test('a platform whose index that run took goes, and its signature with it', () => {
    expect(summary(narrow(plan, left, []))).toMatchObject({ tags: [], manifests: [] });
    const narrowed = narrow(plan, left, [], new Set([of1, of2]));
    expect(summary(narrowed)).toEqual({
      tags: [attachmentTagOf(of3)],
      manifests: [3, 5],
      spared: { a: 'already-gone', 1: 'already-gone', 2: 'already-gone' },
    });
    expect(verify(narrowed.plan, left)).toEqual([]);
  });

  test('what others took is no less in doubt for it', () => {
    expect(summary(narrow(plan, left, [], new Set([of1])))).toMatchObject({ manifests: [] });
  });

  test('nor does anything go for it that something holds now', () => {
    const fresh = repository({ new: 9, [attachmentTagOf(of3)]: 5 }, [manifest(3), rest, index(9, [3])]);
    expect(summary(narrow(plan, fresh, [], new Set([of1, of2, of3])))).toMatchObject({
      tags: [],
      manifests: [],
      spared: { 3: 'now-held', 5: 'now-held' },
    });
  });
});

describe('what is alive outside', () => {
  const closed = { kind: 'pull-request', repo: 'acme/apps', number: 7, state: 'closed', by: 'api' } as const;
  const gone = { kind: 'branch', repo: 'acme/apps', text: 'feature' } as const;

  function spares(evidence: Evidence, claim: Claim): boolean {
    const plan: RepositoryPlan = { ...planned, tags: planned.tags.map((tag) => ({ ...tag, because: [evidence] })) };
    const { spared } = narrow(plan, before, [claim]);
    return spared.some(({ why }) => why === 'claim-changed');
  }

  test.each<[string, Evidence, Claim, boolean]>([
    ['a pull request was reopened', closed, { ...closed, state: 'open' }, true],
    ['nobody knows the pull request any more', closed, { ...closed, state: 'not-found' }, true],
    ['the pull request is closed still', closed, closed, false],
    ['another pull request is open', closed, { ...closed, number: 8, state: 'open' }, false],
    ["another repository's is open", closed, { ...closed, repo: 'acme/web', state: 'open' }, false],
    ['the same repository, written otherwise', closed, { ...closed, repo: 'Acme/Apps', state: 'open' }, true],
    ['a branch is back', gone, { ...gone, liveAs: 'feature' }, true],
    ['a branch is gone still', gone, gone, false],
    ['another branch lives', gone, { ...gone, text: 'main', liveAs: 'main' }, false],
    ["another repository's branch lives", gone, { ...gone, repo: 'acme/web', liveAs: 'feature' }, false],
    ['a branch lives, where a pull request was the reason', closed, { ...gone, liveAs: 'feature' }, false],
    ['a pull request is open, where a branch was the reason', gone, { ...closed, state: 'open' }, false],
    [
      'it was open all along, and its tags were too many',
      { ...closed, state: 'open' },
      { ...closed, state: 'open' },
      false,
    ],
    ['the branch lived all along', { ...gone, liveAs: 'feature' }, { ...gone, liveAs: 'feature' }, false],
    ['the reason was another than what lives', { kind: 'no-rule' }, { ...closed, state: 'open' }, false],
  ])('%s', (_, evidence, claim, expected) => {
    expect(spares(evidence, claim)).toBe(expected);
  });

  test('an image that is spared keeps all that it holds', () => {
    const plan = {
      ...planned,
      tags: planned.tags.map((tag) => (tag.tag === 'a' ? { ...tag, because: [closed] as const } : tag)),
    };
    expect(summary(narrow(plan, before, [{ ...closed, state: 'open' }]))).toEqual({
      tags: ['b'],
      manifests: [4],
      spared: {
        a: 'claim-changed',
        1: 'now-held',
        2: 'now-held',
        3: 'now-held',
        5: 'now-held',
        [signatureOf1]: 'now-held',
      },
    });
  });
});
