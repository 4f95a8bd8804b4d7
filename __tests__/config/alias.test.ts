import { describe, expect, test } from '@jest/globals';
import { parseAliases } from '../../src/config/alias.ts';

describe('other names of the registry', () => {
  test.each([
    ['registry.example.com', ['registry.example.com']],
    ['Registry.Example.COM', ['registry.example.com']],
    ['registry', ['registry']],
    ['localhost:5000', ['localhost:5000']],
    ['[::1]:5000', ['[::1]:5000']],
    ['10.0.0.7', ['10.0.0.7']],
    ['docker.io', ['docker.io']],
    ['https://host', ['host']],
    ['https://host/', ['host']],
    ['https://host:443', ['host']],
    ['http://host:80/', ['host']],
    ['http://host:443', ['host:443']],
    ['oci://host/charts/', ['host/charts']],
    ['DOCKER://host', ['host']],
    // In an image's name the port stands as it was written.
    ['host:443', ['host:443']],
    ['host:80', ['host:80']],
    ['host/apps', ['host/apps']],
    ['host/apps/web//', ['host/apps/web']],
    ['a, b:1\nhttps://a, a/', ['a', 'b:1']],
  ])('%j: %j', (text, value) => {
    expect(parseAliases(text)).toEqual({ ok: true, value });
  });

  test.each([
    [',', 'nothing between'],
    ['host, ${REGISTRY}', '"${REGISTRY}" does not begin with a host'],
    ['*.example.com', '"*.example.com" does not begin'],
    ['/apps', '"/apps" does not begin'],
    ['https://', '"https://" does not begin'],
    ['5000', '"5000" does not begin'],
    ['::1', '"::1" does not begin'],
    ['host:', '"host:" does not begin'],
    ['host:x', '"host:x" does not begin'],
    ['host:70000', '"host:70000" does not begin'],
    ['hóst', '"hóst" does not begin'],
    ['two words', '"two words" does not begin'],
    ['"host"', 'does not begin'],
    ['- host', '"- host" does not begin'],
    ['host?a', '"host?a" does not begin'],
    ['ssh://host', '"ssh://host" starts with ssh://'],
    ['host/Apps', '"host/Apps" has a path'],
    ['host/apps:1', '"host/apps:1" has a path'],
    ['host/app@sha256:0', '"host/app@sha256:0" has a path'],
    ['host/a b', '"host/a b" has a path'],
    ['host//apps', 'has a path'],
    ['host, https://me:pw@host', 'One of the names holds a user or a password'],
  ])('%j is none', (text, what) => {
    expect(parseAliases(text)).toEqual({ ok: false, what: expect.stringContaining(what) });
  });
});
