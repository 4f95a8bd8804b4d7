import { describe, expect, test } from '@jest/globals';
import { parseGitHubRepository, parseGitHubToken } from '../../src/config/github.ts';

describe('a repository on GitHub', () => {
  test.each(['acme/apps', 'a/b', 'Acme-Corp/My.Repo_1', 'jane_acme/.github', 'acme-/x', '0/0'])('%s', (text) => {
    expect(parseGitHubRepository(text)).toEqual({ ok: true, value: text });
  });

  test.each([
    ['acme', '"acme" is not a repository on GitHub. Give owner/name.'],
    ['acme/', '"acme/" is not a repository'],
    ['/apps', '"/apps" is not a repository'],
    ['acme/apps/web', '"acme/apps/web" is not'],
    ['acme/..', '"acme/.." is not'],
    ['-a/b', '"-a/b" is not'],
    ['a b/c', '"a b/c" is not'],
    [`a/${'b'.repeat(101)}`, 'is not'],
    ['https://github.com/acme/apps', 'is an address. Write acme/apps.'],
    ['https://github.com/acme/apps.git', 'is an address. Write acme/apps.'],
    ['https://ghe.example.com/acme/apps/', 'is an address. Write acme/apps.'],
    ['git@github.com:acme/apps.git', 'is an address. Write acme/apps.'],
    ['https://github.com/acme', '"https://github.com/acme" is not a repository'],
    ['https://github.com/acme/..', 'is not a repository'],
    ['https://me:s3cret@github.com/acme/apps', '"https://***@github.com/acme/apps"'],
    ['${{ github.repository }}', 'only GitHub does'],
  ])('%s is none', (text, what) => {
    expect(parseGitHubRepository(text)).toEqual({ ok: false, what: expect.stringContaining(what) });
  });
});

describe('a token', () => {
  test.each(['ghs_abc', 'github_pat_11A', 'v1.x', 'eyJ.a-b_c=='])('%s', (text) => {
    expect(parseGitHubToken(text)).toEqual({ ok: true, value: text });
  });

  test.each(['s3 cret', 's3\ncret', 's3\u0000cret', 's3crét', 'token s3cret', 's3cret ${{ github.token }}'])(
    '%j is none, and is not quoted',
    (text) => {
      const result = parseGitHubToken(text);
      expect(result).toEqual({ ok: false, what: expect.stringContaining('Give the token alone') });
      expect(JSON.stringify(result)).not.toContain('s3');
    },
  );

  test.each(['${{ github.token }}', '${{github.token}}', '${{ secrets.PAT }}'])(
    '%s was put in for by nobody',
    (text) => {
      expect(parseGitHubToken(text)).toEqual({
        ok: false,
        what: expect.stringContaining(`"${text}" is an expression`),
      });
    },
  );
});
