/** Contract: a registry that deletes nothing, and one that takes nothing. */
import { expect, test } from '@jest/globals';
import { mediaTypes } from '../../src/model/index.ts';
import { pushImage } from '../../sandbox/push.ts';
import type { Deletes } from '../../sandbox/registry.ts';
import { ask, neverPushed, said, tagsIn, type Reply } from './ask.ts';
import type { Context } from './suite.ts';

export function refusingTests(context: Context, deletes: Exclude<Deletes, 'enabled'>): void {
  if (deletes === 'disabled') disabledTests(context);
  else readOnlyTests(context);
}

function disabledTests({ subject }: Context): void {
  test.each([
    ['a digest that never existed', neverPushed()],
    ['a tag that never existed', 'nothing'],
  ])('DELETE of %s is 405 UNSUPPORTED, in JSON', async (_name, reference) => {
    const reply = await ask(subject(), 'DELETE', `disabled/nowhere/manifests/${reference}`);
    expect(said(reply)).toEqual({ status: 405, code: 'UNSUPPORTED' });
  });

  test('an image is pushed, refused to be deleted by digest and by tag, and stays', async () => {
    const { digest } = await pushImage(subject(), { repository: 'disabled/image', tags: ['one'] });
    for (const reference of [digest, 'one']) {
      const reply = await ask(subject(), 'DELETE', `disabled/image/manifests/${reference}`);
      expect(said(reply)).toEqual({ status: 405, code: 'UNSUPPORTED' });
    }
    expect(tagsIn(await ask(subject(), 'GET', 'disabled/image/tags/list'))).toEqual(['one']);
    expect((await ask(subject(), 'HEAD', 'disabled/image/manifests/one')).status).toBe(200);
  });
}

function readOnlyTests({ subject }: Context): void {
  function expectRefused(reply: Reply): void {
    expect(reply.status).toBe(405);
    expect(reply.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(reply.headers.get('allow')).toBe('GET, HEAD');
    expect(reply.text.trim()).toBe('Method not allowed');
  }

  test.each([
    ['a digest that never existed', neverPushed()],
    ['a tag that never existed', 'nothing'],
  ])('DELETE of %s is 405 in plain text, and Allow names what is left', async (_name, reference) => {
    expectRefused(await ask(subject(), 'DELETE', `readonly/nowhere/manifests/${reference}`));
  });

  test('so is PUT of a manifest', async () => {
    const question = { type: mediaTypes.ociManifest, body: '{}' };
    expectRefused(await ask(subject(), 'PUT', 'readonly/image/manifests/one', question));
  });

  test('and no upload is begun', async () => {
    expect((await ask(subject(), 'POST', 'readonly/image/blobs/uploads/')).status).toBe(405);
  });

  test('reading goes on', async () => {
    expect((await ask(subject(), 'GET', '')).status).toBe(200);
    expect((await ask(subject(), 'GET', '_catalog')).status).toBe(200);
  });
}
