/** Under which names the registry is known, and what an image's name says. */
import { describe, expect, test } from '@jest/globals';
import { WorkspaceError } from '../../../src/liveness/workspace/index.ts';
import { find, originOf, render } from './workspace.ts';

const digest = `sha256:${'c'.repeat(64)}`;

async function named(text: string, options: Parameters<typeof find>[1] = {}): Promise<readonly string[]> {
  return render(await find({ f: text }, options)).map((line) => line.replace('f:1 ', ''));
}

describe('the registry', () => {
  test.each([
    ['https://registry.example.com', 'registry.example.com/web:1', true],
    ['https://registry.example.com', 'registry.example.com:443/web:1', true],
    ['https://registry.example.com', 'https://registry.example.com/web:1', true],
    ['https://registry.example.com', 'oci://Registry.EXAMPLE.com/web:1', true],
    ['https://registry.example.com', 'registry.example.com:5000/web:1', false],
    ['https://registry.example.com', 'registry.example.com.other/web:1', false],
    ['https://registry.example.com', 'my-registry.example.com/web:1', false],
    ['https://registry.example.com', 'my.registry.example.com/web:1', false],
    ['https://registry.example.com', 'registryXexample.com/web:1', false],
    ['https://registry.example.com', 'web:1', false],
    ['http://localhost:5000', 'localhost:5000/web:1', true],
    ['http://localhost:5000', 'localhost/web:1', false],
    ['http://127.0.0.1:5000', 'http://127.0.0.1:5000/web:1', true],
    ['http://[::1]:5000', 'x [::1]:5000/web:1', true],
    ['https://example.com/team', 'example.com/team/web:1', true],
    ['https://example.com/team', 'example.com/Team/web:1', true],
    ['https://example.com/team', 'example.com/other/web:1', false],
    ['https://example.com/team', 'example.com/teams/web:1', false],
  ])('%s: %s %s', async (origin, text, isOurs) => {
    expect(await named(text, { origin: originOf(origin) })).toEqual(isOurs ? ['web:1'] : []);
  });

  test('is known by its aliases, with a scheme, a port, a path or without', async () => {
    const text =
      'mirror:5000/a:1 pull.example.org/b:1 old.example.org/images/c:1 old.example.org/d:1 registry.example.com/e:1';
    const aliases = ['mirror:5000', 'https://Pull.example.org/', 'old.example.org/images', ''];
    expect(await named(text, { aliases })).toEqual(['a:1', 'b:1', 'c:1', 'e:1']);
  });

  test.each(['not a host', 'user:secret@host', 'host:port', '-', 'host?x'])('has no alias like %s', async (alias) => {
    await expect(find({ f: '' }, { aliases: [alias] })).rejects.toThrow(WorkspaceError);
  });

  test('as docker.io, an image without a host is its own, where a file says that it is an image', async () => {
    const files = {
      'pod.yaml': 'image: nginx:1\nsidecar:\n  image: acme/web\nother:\n  image: ghcr.io/x/y:1\n',
      Dockerfile: 'FROM node:24 AS build\nFROM localhost/own:1\n',
      'values.yaml': 'image:\n  repository: acme/api\n  tag: v1\n',
      'notes.txt': 'docker pull nginx:1 or docker.io/acme/db:2\n',
    };
    expect(render(await find(files, { aliases: ['docker.io'] }))).toEqual([
      'Dockerfile:1 library/node:24',
      'Dockerfile:1 node:24',
      'notes.txt:1 acme/db:2',
      'pod.yaml:1 library/nginx:1',
      'pod.yaml:1 nginx:1',
      'pod.yaml:3 acme/web (all)',
      'values.yaml:3 acme/api:v1',
    ]);
    expect(render(await find(files))).toEqual([]);
  });
});

describe('the name', () => {
  test.each<readonly [string, readonly string[]]>([
    ['/web:1.2@DIGEST', ['web:1.2', `web@${digest}`]],
    ['/web@DIGEST', [`web@${digest}`]],
    ['/a/b/c:x', ['a/b/c:x']],
    ['//web:1', ['web:1']],
    ['/Web:1', ['web:1']],
    ['/web', ['web (all)']],
    ['/web:', ['web (all)']],
    ['/web:"1.2"', ['web:1.2']],
    ['/web:`git describe`', ['web (all)']],
    ['/web:.hidden', ['web (all)']],
    [`/web:${'x'.repeat(129)}`, ['web (all)']],
    ['/web:1.*', ['web (all)', 'web:1', 'web:1.']],
    ['/web:1.2+build', ['web (all)', 'web:1.2']],
    ['/web:{1,2}', ['web (all)']],
    ['/web:<tag>', ['web (all)']],
    ['/web:$TAG', ['web (all)']],
    ['/web:v${TAG}', ['web (all)']],
    ['/web:${1:-1.2}', ['web (all)']],
    ['/web:${TAG:-1.2}', ['web:1.2']],
    ['/web:${TAG-1.2}', ['web:1.2']],
    ['/web:${TAG:-${OTHER:-1.3}}', ['web:1.3']],
    ['/web:${TAG:?say which}', ['web (all)']],
    ['/web:${TAG%-*}', ['web (all)']],
    ['/web:$(git describe)', ['web (all)']],
    ['/web:{{ .Values.tag }}', ['web (all)']],
    ['/web:%TAG%', ['web (all)']],
    ['/web:<%= tag %>', ['web (all)']],
    ['/web:VERSION', ['web (all)']],
    ['/web:__TAG__', ['web (all)']],
    ['/web@sha256:123', ['web (all)']],
    ['/web:1@${DIGEST}', ['web (all)', 'web:1']],
    ['/web$SUFFIX', ['~web* (all)']],
    ['/$NAME', ['~* (all)']],
    ['/team/$NAME:1', ['~team/*:1']],
    ['/team/{a,b}:1', ['~team/* (all)']],
    ['/team/', ['team (all)', '~team/* (all)']],
    ['/', []],
    ['', []],
    ['/v2/', ['v2 (all)', '~v2/* (all)']],
    ['/v2/a/b/manifests/DIGEST', [`a/b@${digest}`]],
  ])('%s', async (behind, expected) => {
    expect(await named(`registry.example.com${behind.replace('DIGEST', digest)}`)).toEqual([...expected].sort());
  });

  test('host, repository and tag may each be a variable; what is unknown of them is', async () => {
    expect(await named('$REGISTRY/team/web:1')).toEqual(['team/web:1', '~*/team/web:1']);
    expect(await named('$HOME/team/web:1')).toEqual([]);
    expect(await named('registry.example.com:$PORT/web:1')).toEqual(['web:1']);
    expect(await named('$SUB.example.com/web:1')).toEqual([]);
    expect(await named('$REGISTRY_NAME.example.com/web:1')).toEqual(['web:1', '~*/web:1']);
    expect(await named('$REGISTRY_NAME.example.org/web:1')).toEqual([]);
    expect(await named('https://example.com/$PREFIX/web:1', { origin: originOf('https://example.com/team') })).toEqual([
      '~*/web:1',
    ]);
  });

  test('is found in every place of a line, escapes and all', async () => {
    const text = String.raw`{"a":"x\nregistry.example.com\/a:1\nregistry.example.com/b:2","c":'registry.example.com/c:3'}`;
    expect(await named(text)).toEqual(['a:1', 'b:2', 'c:3']);
  });
});
