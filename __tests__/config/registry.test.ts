import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hostOf, parseRegistry } from '../../src/config/registry.ts';
import { secretsOf } from '../../src/config/index.ts';

describe('registry', () => {
  const good: readonly (readonly [text: string, origin: string])[] = [
    ['registry.example.com', 'https://registry.example.com'],
    ['Registry.Example.COM', 'https://registry.example.com'],
    ['registry.example.com/', 'https://registry.example.com'],
    ['host:5000', 'https://host:5000'],
    ['host:443', 'https://host'],
    ['my_host.lan:5000', 'https://my_host.lan:5000'],
    ['192.168.1.20:5000', 'https://192.168.1.20:5000'],
    ['[2001:db8::1]:5000', 'https://[2001:db8::1]:5000'],
    ['http://host:5000', 'http://host:5000'],
    ['HTTPS://host:5000/', 'https://host:5000'],
    ['https://example.com/registry/', 'https://example.com/registry'],
    ['example.com/team/registry', 'https://example.com/team/registry'],
    ['registry-1.docker.io', 'https://registry-1.docker.io'],
    ['localhost', 'http://localhost'],
    ['localhost:5000', 'http://localhost:5000'],
    ['localhost:443', 'http://localhost:443'],
    ['LOCALHOST:5000', 'http://localhost:5000'],
    ['127.0.0.1:5000', 'http://127.0.0.1:5000'],
    ['127.200.3.4', 'http://127.200.3.4'],
    ['[::1]:5000', 'http://[::1]:5000'],
    ['localhost:5000/prefix', 'http://localhost:5000/prefix'],
    ['https://localhost:5000', 'https://localhost:5000'],
    ['localhost.example.com', 'https://localhost.example.com'],
    ['127.0.0.1.example.com', 'https://127.0.0.1.example.com'],
    ['bücher.example', 'https://xn--bcher-kva.example'],
  ];
  test.each(good)('%s is %s', (text, origin) => {
    expect(parseRegistry(text)).toEqual({ ok: true, value: origin });
  });

  const bad: readonly (readonly [text: string, what: string])[] = [
    ['https://', 'is not a host'],
    ['https:///path', 'is not a host'],
    ['//host', 'is not a host'],
    ['/var/lib/registry', 'is not a host'],
    ['http:\\\\host', 'is not a host'],
    ['https:host', 'is not a host'],
    ['host:port', 'is not a host'],
    ['host:99999', 'is not a host'],
    ['::1', 'is not a host'],
    ['*.example.com', 'is not a host'],
    ['5000', 'is not a host'],
    ['127.1', 'is not a host'],
    ['?x', 'is not a host'],
    ['-host-', 'is not a host'],
    ['one.example.com two.example.com', 'is not one registry'],
    ['one.example.com,two.example.com', 'is not one registry'],
    ['ssh://host', 'starts with ssh://'],
    ['docker://host', 'starts with docker://'],
    ['host?x=1', 'behind "?"'],
    ['host/a#b', 'behind "?"'],
    ['host/?', 'behind "?"'],
    ['docker.io', 'registry-1.docker.io'],
    ['https://index.docker.io/v1/', 'registry-1.docker.io'],
    ['registry.example.com/app:tag', 'names an image'],
    [`registry.example.com/app@sha256:${'0'.repeat(64)}`, 'names an image'],
    ['https://registry.example.com/v2/', 'Leave /v2 off'],
    ['example.com/registry/v2', 'Leave /v2 off'],
    ['example.com//registry', "can't be the prefix"],
    ['example.com/a%20b', "can't be the prefix"],
  ];
  test.each(bad)('%s is refused', (text, what) => {
    const result = parseRegistry(text);
    expect(result).toEqual({ ok: false, what: expect.stringContaining(what) });
    expect(result).toEqual({ ok: false, what: expect.stringContaining(`"${text}"`) });
  });

  const accounts: readonly (readonly [text: string, shown: string, secrets: readonly string[]])[] = [
    ['https://me:s3cret@host', '"https://***@host"', ['s3cret']],
    ['me:s3cret@host:5000', '"***@host:5000"', ['s3cret']],
    ['s3cret@host', '"***@host"', ['s3cret']],
    ['https://me:s3/cret@host/prefix', '"https://***@host/prefix"', ['s3/cret']],
    ['me:12@s3cret@host', '"***@host"', ['12@s3cret']],
    ['https://http@host', '"https://***@host"', ['http']],
    ['@host', '"***@host"', []],
    ['me:s3cret@host/app@sha256:00', '"***@host/app@sha256:00"', ['s3cret']],
  ];
  test.each(accounts)('%s: user and password are refused and not shown', (text, shown, secrets) => {
    expect(parseRegistry(text)).toEqual({ ok: false, what: expect.stringContaining(`${shown} holds a user`) });
    expect(secretsOf(new Map([['registry', text]]))).toEqual(secrets);
  });

  test('whatever the text: an origin that reads as itself, or words', () => {
    const piece = fc.oneof(
      fc.constantFrom('http://', 'https://', 'host', ':5000', '/', '@', '[::1]', '127.0.0.1', '.'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 5 }), (pieces) => {
        const result = parseRegistry(pieces.join(''));
        if (!result.ok) return;
        expect(parseRegistry(result.value)).toEqual(result);
        expect(new URL(result.value).username).toBe('');
      }),
      { numRuns: 1000 },
    );
  });

  test('its host, as people write it in front of an image', () => {
    const result = parseRegistry('host:5000/prefix');
    expect(result.ok && hostOf(result.value)).toBe('host:5000');
  });
});

test('the secrets among the inputs', () => {
  expect(secretsOf(new Map())).toEqual([]);
  expect(secretsOf(new Map([['password', ' s3cret\n']]))).toEqual(['s3cret']);
});
