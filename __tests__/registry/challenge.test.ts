import { describe, expect, test } from '@jest/globals';
import { parseChallenges } from '../../src/registry/challenge.ts';
import { mergeScopes } from '../../src/registry/scope.ts';

const read = (...headers: readonly string[]): unknown =>
  parseChallenges(headers).map(({ scheme, token68, parameters }) => [
    scheme,
    ...(token68 === undefined ? [] : [token68]),
    Object.fromEntries(parameters),
  ]);

describe('challenges', () => {
  test.each<readonly [string, readonly string[], unknown]>([
    [
      'distribution',
      ['Bearer realm="https://auth.example/token",service="registry",scope="repository:a/b:delete,pull"'],
      [['bearer', { realm: 'https://auth.example/token', service: 'registry', scope: 'repository:a/b:delete,pull' }]],
    ],
    ['htpasswd', ['Basic realm="basic-realm"'], [['basic', { realm: 'basic-realm' }]]],
    [
      'two in one header, as Gitea sends them',
      ['Bearer realm="https://git.example/v2/token",Basic realm="git"'],
      [
        ['bearer', { realm: 'https://git.example/v2/token' }],
        ['basic', { realm: 'git' }],
      ],
    ],
    [
      'two headers',
      ['Basic realm=x', 'BEARER Realm=y'],
      [
        ['basic', { realm: 'x' }],
        ['bearer', { realm: 'y' }],
      ],
    ],
    [
      'spaces around = and commas',
      ['Bearer  realm = "r" ,\tservice = "s"  '],
      [['bearer', { realm: 'r', service: 's' }]],
    ],
    ['escapes', ['Basic realm="a \\"b\\" \\\\ c, d=e"'], [['basic', { realm: 'a "b" \\ c, d=e' }]]],
    [
      'a realm without quotes',
      ['Bearer realm=https://a.example/t,service=s'],
      [['bearer', { realm: 'https://a.example/t', service: 's' }]],
    ],
    [
      'token68 and a scheme alone',
      ['Negotiate YII+/a==, NTLM, Bearer realm="r"'],
      [
        ['negotiate', 'YII+/a==', {}],
        ['ntlm', {}],
        ['bearer', { realm: 'r' }],
      ],
    ],
    ['the first of two equal parameters', ['Bearer realm="ours",realm="theirs"'], [['bearer', { realm: 'ours' }]]],
    ['empty list elements', [', ,Basic realm="x",,'], [['basic', { realm: 'x' }]]],
    ['a string without its end', ['Bearer realm="https://a'], [['bearer', { realm: 'https://a' }]]],
    ['rubbish before a challenge', ['"what?", Basic realm="x"'], [['basic', { realm: 'x' }]]],
    ['nothing', ['', '   ', '='], []],
  ])('%s', (_, headers, expected) => {
    expect(read(...headers)).toEqual(expected);
  });
});

describe('scopes', () => {
  test.each<readonly [readonly string[], readonly string[]]>([
    [['repository:a:delete,pull', 'repository:a:delete'], ['repository:a:delete,pull']],
    [['repository:a:pull', 'repository:a:push,pull'], ['repository:a:pull,push']],
    [
      ['repository:a:pull', 'repository:b:pull repository:a:delete'],
      ['repository:a:delete,pull', 'repository:b:pull'],
    ],
    [['repository:host:5000/a:pull', 'repository:host:5000/a:*'], ['repository:host:5000/a:*,pull']],
    [['registry:catalog:*', ''], ['registry:catalog:*']],
    [['odd'], ['odd']],
    [[], []],
  ])('%j together are %j', (scopes, expected) => {
    expect(mergeScopes(...scopes)).toEqual(expected);
  });
});
