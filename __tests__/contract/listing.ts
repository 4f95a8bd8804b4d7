/** Contract: tags lists and the catalog. */
import { describe, expect, test } from '@jest/globals';
import { pushImage, tag } from '../../sandbox/push.ts';
import { ask, pages, repositoriesIn, said, tagsIn } from './ask.ts';
import type { Context } from './suite.ts';

// Not the order of the alphabet, and with characters that sort before letters and digits.
const names = ['v2', 'v1.10', 'v1-x', 'V1', 'v1', '_x'];
const inOrder = [...names].sort();

export function listingTests({ subject, expected }: Context): void {
  async function pushNames(repository: string): Promise<void> {
    const image = await pushImage(subject(), { repository });
    await tag(subject(), image, ...names);
  }

  describe('tags list', () => {
    test('of a repository that has images and never had a tag is 404 NAME_UNKNOWN, too', async () => {
      await pushImage(subject(), { repository: 'list/never-tagged' });
      expect(said(await ask(subject(), 'GET', 'list/never-tagged/tags/list'))).toEqual({
        status: 404,
        code: 'NAME_UNKNOWN',
      });
    });

    test('of an unknown repository is 404 NAME_UNKNOWN', async () => {
      expect(said(await ask(subject(), 'GET', 'list/nowhere/tags/list'))).toEqual({
        status: 404,
        code: 'NAME_UNKNOWN',
      });
    });

    test('names every tag once', async () => {
      await pushNames('list/all');
      const reply = await ask(subject(), 'GET', 'list/all/tags/list');
      expect(JSON.parse(reply.text)).toMatchObject({ name: 'list/all' });
      const tags = tagsIn(reply) ?? [];
      expect([...tags].sort()).toEqual(inOrder);
      if (expected.tagPages === 'sorted') expect(tags).toEqual(inOrder);
    });

    test('comes in pages, by Link', async () => {
      await pushNames('list/pages');
      const found = await pages(subject(), 'list/pages/tags/list?n=4', tagsIn);
      if (expected.tagPages === 'none') {
        expect(found).toHaveLength(1);
        expect([...(found[0] ?? [])].sort()).toEqual(inOrder);
      } else expect(found).toEqual([inOrder.slice(0, 4), inOrder.slice(4)]);
    });

    test('whose last page is full', async () => {
      await pushNames('list/full');
      const found = await pages(subject(), 'list/full/tags/list?n=3', tagsIn);
      expect(found.flatMap((page) => page ?? []).sort()).toEqual(inOrder);
      if (expected.tagPages === 'sorted') expect(found).toHaveLength(expected.extraEmptyPage ? 3 : 2);
    });

    test('may be asked for in pages larger than the registry gives', async () => {
      await pushNames('list/large');
      const found = await pages(subject(), 'list/large/tags/list?n=100000', tagsIn);
      expect(found.flatMap((page) => page ?? []).sort()).toEqual(inOrder);
    });

    test('of a repository that has lost its last tag', async () => {
      const image = await pushImage(subject(), { repository: 'list/none', tags: ['one', 'two'] });
      expect((await ask(subject(), 'DELETE', `list/none/manifests/${image.digest}`)).status).toBe(202);
      const reply = await ask(subject(), 'GET', 'list/none/tags/list');
      expect(reply.status).toBe(200);
      expect(tagsIn(reply)).toEqual(expected.noTags);
    });

    test('is GET alone', async () => {
      await pushNames('list/head');
      expect((await ask(subject(), 'HEAD', 'list/head/tags/list')).status).toBe(405);
    });
  });

  describe('catalog', () => {
    test('names every repository once, page after page', async () => {
      const repositories = ['catalog/a', 'catalog/a/b', 'catalog/a-b', 'catalog/c'];
      for (const repository of repositories) await pushImage(subject(), { repository, tags: ['one'] });
      const whole = repositoriesIn(await ask(subject(), 'GET', '_catalog?n=1000'));
      expect(whole.filter((name) => name.startsWith('catalog/')).sort()).toEqual([...repositories].sort());
      const found = await pages(subject(), '_catalog?n=3', repositoriesIn);
      expect(found.flat()).toEqual(whole);
      expect(found.every((page) => page.length <= 3)).toBe(true);
    });

    test('refuses pages of more than 1,000', async () => {
      const reply = await ask(subject(), 'GET', '_catalog?n=1001');
      expect(said(reply)).toEqual({ status: 400, code: 'PAGINATION_NUMBER_INVALID' });
    });
  });
}
