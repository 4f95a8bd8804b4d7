/** Forms that need more than a fixture: several files, several values, YAML that is odd. */
import { describe, expect, test } from '@jest/globals';
import { parseRepositoryName } from '../../../src/model/index.ts';
import { closeReferences } from '../../../src/liveness/workspace/index.ts';
import { find, render } from './workspace.ts';

describe('variables', () => {
  test.each<readonly [string, string, readonly string[]]>([
    ['every value that the file gives counts', 'TAG=1\nTAG=2\nregistry.example.com/web:$TAG', ['1', '2']],
    ['values name values', 'A=1\nB=$A.2\nregistry.example.com/web:${B}', ['1.2']],
    ['a default for itself', 'TAG=${TAG:-1}\nregistry.example.com/web:$TAG', ['1']],
    ['a circle', 'A=$B\nB=$A\nregistry.example.com/web:$A', ['all']],
    ['filled by a loop', 'TAG=1\nfor TAG in 2 3; do\nregistry.example.com/web:$TAG', ['1', 'all']],
    ['read from somewhere', 'TAG=1\nread -r TAG\nregistry.example.com/web:$TAG', ['1', 'all']],
    ['added to', 'TAG=1\nTAG+=.2\nregistry.example.com/web:$TAG', ['1', 'all']],
    ['glued to something', 'TAG="1"$X\nregistry.example.com/web:$TAG', ['all']],
    ['a makefile', 'TAG ?= 1.5\nregistry.example.com/web:$(TAG)', ['1.5']],
    ['only in a comment', '# TAG=1\nregistry.example.com/web:$TAG', ['all']],
    ['a comment behind', "TAG='1' # the first\nregistry.example.com/web:$TAG", ['1']],
    ['ENV of old', 'ENV TAG 1.7\nregistry.example.com/web:$TAG', ['1.7']],
    ['too many', `${numbers(100, (n) => `TAG=${n}\n`)}registry.example.com/web:$TAG`, ['all']],
  ])('%s', async (_, text, expected) => {
    const found = render(await find({ 'deploy.sh': text }));
    const tags = found.map((line) => /web(?::| \()([^)]*)/.exec(line)?.[1]);
    expect(tags.sort()).toEqual(expected);
  });

  test('values that name each other in tangles come to an end', async () => {
    const names = 'A B C D E F G H I J'.split(' ');
    const text = names.map((name, at) => numbers(60, (n) => `${name}=${n}$${names[at + 1] ?? 'A'}\n`)).join('');
    expect(render(await find({ f: `${text}registry.example.com/web:$A` }))).toEqual(['f:601 web (all)']);
  });

  test('.env beside a compose file counts though no glob names it, but for nothing else', async () => {
    const files = {
      'a/compose.yaml': 'services:\n  web:\n    image: registry.example.com/web:${TAG}\n',
      'a/deploy.sh': 'docker pull registry.example.com/web:${TAG}\n',
      'a/.env': 'TAG=1\n',
      'b/compose.yaml': 'services:\n  web:\n    image: registry.example.com/web:${TAG}\n',
    };
    expect(render(await find(files, { globs: ['**'] }))).toEqual([
      'a/compose.yaml:3 web:1',
      'a/deploy.sh:1 web (all)',
      'b/compose.yaml:3 web (all)',
    ]);
  });

  test('a file of values beside a default joins it', async () => {
    const files = {
      'compose.yaml': 'services:\n  web:\n    image: registry.example.com/web:${TAG:-1}\n',
      'production.env': 'TAG=2\n',
    };
    expect(render(await find(files))).toEqual(['compose.yaml:3 web:1', 'compose.yaml:3 web:2']);
  });
});

describe('Helm', () => {
  const image = 'web:\n  image:\n    repository: apps/web\n    tag: v1\n';

  test('a repository without a host counts where a registry is said beside, above, in global, or in another file', async () => {
    expect(render(await find({ 'v.yaml': image }))).toEqual([]);
    expect(render(await find({ 'v.yaml': `registry: registry.example.com\n${image}` }))).toEqual([
      'v.yaml:5 apps/web:v1',
    ]);
    const global = 'global:\n  imageRegistry: registry.example.com\n';
    expect(render(await find({ 'v.yaml': image + global }))).toEqual(['v.yaml:4 apps/web:v1']);
    expect(render(await find({ 'v.yaml': image, 'p.yaml': global }))).toEqual(['v.yaml:4 apps/web:v1']);
    const nested = 'global:\n  image:\n    registry: registry.example.com\n';
    expect(render(await find({ 'v.yaml': image + nested }))).toEqual(['v.yaml:4 apps/web:v1']);
    const other = 'web:\n  image:\n    registry: registry.example.com\n';
    expect(render(await find({ 'v.yaml': image, 'p.yaml': other }))).toEqual(['v.yaml:4 apps/web:v1']);
  });

  test('a registry that is not told may be ours; another one is not', async () => {
    expect(render(await find({ 'v.yaml': `registry: "{{ .Values.x }}"\n${image}` }))).toEqual([
      'v.yaml:5 apps/web:v1',
      'v.yaml:5 ~*/apps/web:v1',
    ]);
    expect(render(await find({ 'v.yaml': `registry: ghcr.io\n${image}` }))).toEqual([]);
  });

  test.each<readonly [string, string, readonly string[]]>([
    ['a tag behind the repository', 'repository: registry.example.com/web:1', ['web:1']],
    ['two tags', 'repository: registry.example.com/web:1\ntag: 2', ['web:1', 'web:2']],
    [
      'a digest behind the tag',
      `repository: registry.example.com/web\ntag: 1@sha256:${'d'.repeat(64)}`,
      ['web:1', `web@sha256:${'d'.repeat(64)}`],
    ],
    ['no tag', 'repository: registry.example.com/web\ntag: null', ['web (all)']],
    ['an illegal tag', 'repository: registry.example.com/web\ntag: "a b"', ['web (all)']],
    ['a tag that is a map', 'repository: registry.example.com/web\ntag: {{ .Values.tag }}', ['web (all)']],
    ['a number', 'repository: registry.example.com/web\ntag: 1.10', ['web:1.10']],
    ['twice the same key', 'repository: registry.example.com/web\ntag: 1\ntag: 2', ['web:1', 'web:2']],
    ['image and tag', 'image: registry.example.com/web\ntag: 1', ['web:1']],
    ['name and tag', 'registry: registry.example.com\nname: web\ntag: 1', ['web:1']],
    [
      'an anchor used with a tag and without',
      'a: {image: &x registry.example.com/web, tag: 1}\nb: {image: *x}',
      ['web (all)', 'web:1'],
    ],
    [
      'several words',
      'repository: registry.example.com/web:1 registry.example.com/api:2\ntag: 3',
      ['api:2', 'web:1', 'api:3'],
    ],
  ])('%s', async (_, text, expected) => {
    const found = render(await find({ 'values.yaml': `${text}\n` })).map((line) =>
      line.replace(/^.* (?=\w+[:@ ])/, ''),
    );
    for (const each of expected) expect(found.map((line) => line.trim())).toContain(each);
    if (!expected.includes('web (all)')) expect(found.join()).not.toContain('web (all)');
  });

  test('a registry in a template that is not YAML is an error, its images alone are not', async () => {
    const template = '{{- if .Values.web }}\nimage: "registry.example.com/web:{{ .Values.tag }}"\n{{- end }}\ntag: 1\n';
    expect(render(await find({ 'templates/web.yaml': template }))).toEqual(['templates/web.yaml:2 web (all)']);
    await expect(find({ 'templates/web.yaml': `${template}registry: registry.example.com\n` })).rejects.toThrow(
      /templates\/web\.yaml can't be read as YAML/,
    );
  });
});

test('Kustomize without newName speaks of the name itself, in any folder and with comments', async () => {
  const text = 'images: # pinned\n- newTag: "7"\n  name: registry.example.com/web\n';
  expect(render(await find({ 'overlays/x/kustomization.yml': text }))).toEqual([
    'overlays/x/kustomization.yml:2 web:7',
  ]);
});

test('what an image is cannot be told of a variable: a problem, one for each file', async () => {
  const found = await find({ 'compose.yaml': 'services:\n  a:\n    image: ${IMAGE}\n  b:\n    image: ${OTHER}:1\n' });
  expect(found.references).toEqual([]);
  expect(found.problems.map((problem) => `${problem.at} ${problem.what}`)).toEqual([
    'compose.yaml:3 ${IMAGE} (and 1 more) is an image that is named elsewhere; nothing is kept for it',
  ]);
});

test('what is open closes over the repositories that there are', async () => {
  const names = ['team/web', 'team/api', 'team', 'other/web', 'teams'].flatMap(
    (name) => parseRepositoryName(name) ?? [],
  );
  const closed = async (text: string): Promise<readonly string[]> =>
    closeReferences((await find({ f: text })).open, names).map((reference) => reference.repository);
  expect(await closed('registry.example.com/$X:1')).toEqual(names);
  expect(await closed('registry.example.com/team/$X:1')).toEqual(['team/web', 'team/api']);
  expect(await closed('registry.example.com/$X/web:1')).toEqual(['team/web', 'other/web']);
  expect(await closed('registry.example.com/team$X')).toEqual(['team/web', 'team/api', 'team', 'teams']);
  expect(await closed('registry.example.com/t$X/w$Y')).toEqual(['team/web']);
  expect(await closed('registry.example.com/team/web$X/web')).toEqual([]);
});

function numbers(count: number, render_: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => render_(n)).join('');
}
