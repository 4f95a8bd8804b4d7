/** That kills fall where they are said to fall, and in every phase. */
import { expect, test } from '@jest/globals';
import { randomFrom } from '../../sandbox/random.ts';
import { changesIn, drawMoment, phases, phasesOf } from './moments.ts';

const doomed = `sha256:${'1'.repeat(64)}`;
const unknown = `sha256:${'2'.repeat(64)}`;
/** Of one repository, on a registry that doesn't delete by tag; the other one is only looked at. */
const run = [
  ['GET', '/v2/', 'looking'],
  ['GET', '/v2/kills-1/killed/web/tags/list', 'looking'],
  ['HEAD', '/v2/kills-1/killed/web/manifests/build-1', 'looking'],
  ['GET', '/v2/kills-1/killed/api/tags/list', 'looking'],
  ['DELETE', `/v2/kills-1/killed/web/manifests/${unknown}`, 'asking'],
  ['DELETE', '/v2/kills-1/killed/web/manifests/registry-prune-probe-1', 'asking'],
  ['GET', '/v2/kills-1/killed/web/tags/list?n=1000', 'journaled'],
  ['HEAD', '/v2/kills-1/killed/web/blobs/sha256:44', 'journaled'],
  ['POST', '/v2/kills-1/killed/web/blobs/uploads/', 'tags'],
  ['PUT', '/v2/kills-1/killed/web/blobs/uploads/a?digest=b', 'tags'],
  ['PUT', '/v2/kills-1/killed/web/manifests/build-1', 'tags'],
  ['DELETE', `/v2/kills-1/killed/web/manifests/${unknown}`, 'tags'],
  ['GET', '/v2/kills-1/killed/web/tags/list', 'between'],
  ['DELETE', `/v2/kills-1/killed/web/manifests/${doomed}`, 'manifests'],
  ['HEAD', '/v2/kills-1/killed/web/manifests/build-2', 'proof'],
] as const;
const requests = run.map(([method, path]) => ({ method, path }));
const told = phasesOf(requests, new Set([doomed]), changesIn(requests));

test('the phases of a run, by its requests', () => {
  expect(told).toEqual(run.map(([, , phase]) => phase));
});

test('a run that was killed is told by what a whole one does', () => {
  const cut = requests.slice(0, 13);
  expect(phasesOf(cut, new Set([doomed]), changesIn(requests)).at(-1)).toBe('between');
});

test('every phase is drawn, and only those that are wanted and there', () => {
  const draws = Array.from({ length: 300 }, (_, seed) => drawMoment(told, randomFrom(seed)));
  const drawn = draws.map((moment) => (moment.at === 'report' ? 'reported' : told[moment.nth - 1]));
  expect(new Set(drawn)).toEqual(new Set(phases));
  const ways = draws.flatMap((moment) => (moment.at === 'request' ? [moment.when] : []));
  expect(new Set(ways)).toEqual(new Set(['unsent', 'under-way', 'answered']));
  for (let seed = 0; seed < 20; seed += 1) {
    expect(drawMoment(told, randomFrom(seed), ['proof'])).toMatchObject({ at: 'request', nth: 15 });
    expect(drawMoment(['looking'], randomFrom(seed), ['proof'])).toEqual({ at: 'report' });
  }
});
