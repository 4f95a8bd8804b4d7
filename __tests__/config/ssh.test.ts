import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { parseKnownHosts, parsePassphrase, parseSshHost, parseSshKey } from '../../src/config/ssh.ts';

describe('where', () => {
  test.each([
    ['registry.example.com', { host: 'registry.example.com' }],
    ['registry', { host: 'registry' }],
    ['deploy@registry.example.com:2222', { user: 'deploy', host: 'registry.example.com', port: 2222 }],
    ['jane@corp.example@10.0.0.7', { user: 'jane@corp.example', host: '10.0.0.7' }],
    ['[::1]', { host: '::1' }],
    ['root@[fe80::1]:22', { user: 'root', host: 'fe80::1', port: 22 }],
    ['_gateway:65535', { host: '_gateway', port: 65_535 }],
  ])('%s', (text, value) => {
    expect(parseSshHost(text)).toEqual({ ok: true, value });
  });

  test.each([
    ['', '"" is not [user@]host[:port].'],
    ['ssh://host', '"ssh://host" is a URL'],
    ['ssh://deploy@host', '"ssh://***@host" is a URL'],
    ['ssh://me:s3cret@host', '"ssh://***@host" is a URL'],
    ['me:s3cret@host', '"***@host" holds a password'],
    ['@host', 'no name of a user'],
    ['-oProxyCommand=reboot@host', 'no name of a user'],
    ['-oProxyCommand=reboot', 'is not [user@]host[:port]'],
    ['root@-host', 'is not [user@]host[:port]'],
    ['a b', 'is not [user@]host[:port]'],
    ['host;reboot', 'is not [user@]host[:port]'],
    ['$(reboot)', 'is not [user@]host[:port]'],
    ['host\nother', 'is not [user@]host[:port]'],
    ['host:', 'is not [user@]host[:port]'],
    ['host:ssh', 'is not [user@]host[:port]'],
    ['host:0', 'a port that there is not'],
    ['host:65536', 'a port that there is not'],
    ['::1', 'without its brackets. Write [::1].'],
    ['[registry]', 'is not [user@]host[:port]'],
    ['[]', 'is not [user@]host[:port]'],
  ])('%j is none', (text, what) => {
    const result = parseSshHost(text);
    expect(result).toEqual({ ok: false, what: expect.stringContaining(what) });
    expect(JSON.stringify(result)).not.toContain('s3cret');
  });
});

/** PROTOCOL.key: the magic, the cipher's name behind its length, and the rest, which nothing here looks at. */
function opensshKey(cipher: string): string {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(cipher.length);
  const bytes = Buffer.concat([Buffer.from('openssh-key-v1\0'), length, Buffer.from(cipher), Buffer.alloc(180, 7)]);
  return [
    '-----BEGIN OPENSSH PRIVATE KEY-----',
    ...(bytes.toString('base64').match(/.{1,70}/g) ?? []),
    '-----END OPENSSH PRIVATE KEY-----',
    '',
  ].join('\n');
}

describe('a key', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const locked = { cipher: 'aes-128-cbc', passphrase: 'correct horse' };
  const pem = (type: 'sec1' | 'pkcs8', how = {}): string =>
    String(privateKey.export({ type, format: 'pem', ...how })).replace(/\n*$/, '\n');

  test.each([
    ['of OpenSSH', opensshKey('none')],
    ['as PEM', pem('sec1')],
    ['as PKCS #8', pem('pkcs8')],
  ])('%s, however a secret has it', (_, key) => {
    const forms = [key, key.trim(), key.replaceAll('\n', '\r\n'), key.replaceAll('\n', '\r'), `\n\n${key}\n`];
    for (const form of [...forms, key.replaceAll('\n', '\n   ')])
      expect(parseSshKey(form, false)).toEqual({ ok: true, value: key });
  });

  test.each([
    ['of OpenSSH', opensshKey('aes256-ctr')],
    ['as PEM', pem('sec1', locked)],
    ['as PKCS #8', pem('pkcs8', locked)],
  ])('that is encrypted, %s, needs its passphrase', (_, key) => {
    expect(parseSshKey(key, true)).toEqual({ ok: true, value: key });
    expect(parseSshKey(key, false)).toEqual({
      ok: false,
      what: expect.stringContaining('encrypted, and there is no ssh-key-passphrase'),
    });
  });

  test('what is none says why, and is not quoted', () => {
    const plain = opensshKey('none');
    const cases: readonly (readonly [text: string, what: string])[] = [
      ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1VQ6nDkd9Tn4JhTDLmmoWc1IrvJ6m3Ksa2Xp9b8ZQ7 me@home', 'public key'],
      [plain.replaceAll('\n', ' '), 'lost its line breaks'],
      [plain.replaceAll('\n', '\\n'), 'lost its line breaks'],
      [plain.split('\n').slice(0, 3).join('\n'), 'its last line'],
      ['PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n', 'puttygen'],
      ['~/.ssh/id_ed25519', 'not the path of a file'],
      ['hunter2hunter2', 'It is no private key'],
    ];
    for (const [text, what] of cases) {
      const result = parseSshKey(text, false);
      expect(result).toEqual({ ok: false, what: expect.stringContaining(what) });
      for (const line of text.split(/[\n ]/).filter((part) => part.length > 30))
        expect(JSON.stringify(result)).not.toContain(line);
      expect(JSON.stringify(result)).not.toContain('hunter2');
    }
  });
});

test('a passphrase is of no use without its key', () => {
  expect(parsePassphrase(' spaces too ', true)).toEqual({ ok: true, value: ' spaces too ' });
  expect(parsePassphrase('hunter2', false)).toEqual({
    ok: false,
    what: 'It was given without an ssh-key. Give both or neither.',
  });
});

describe('known hosts', () => {
  const key = 'AAAAC3NzaC1lZDI1NTE5AAAAIJ1VQ6nDkd9Tn4JhTDLmmoWc1IrvJ6m3Ksa2Xp9b8ZQ7';
  test('lines as ssh-keyscan prints them, comments left out', () => {
    const lines = [
      `registry.example.com ssh-ed25519 ${key}`,
      `[registry.example.com]:2222,10.0.0.7 ecdsa-sha2-nistp256 ${key}=`,
      `|1|JfKTdBh7rNbXkVAQCRp4OQoPfmI=|USECr3SWf1JUPsms5AqfD5QfxkM= ssh-rsa ${key}== a comment`,
      `@cert-authority *.example.com ssh-ed25519 ${key}`,
    ];
    const text = `# registry.example.com:22 SSH-2.0-OpenSSH_9.2\r\n${lines.join('\r\n')}\n\n`;
    expect(parseKnownHosts(text)).toEqual({ ok: true, value: `${lines.join('\n')}\n` });
  });

  test.each([
    ['SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8', '"SHA256:'],
    [`ssh-ed25519 ${key}`, '"ssh-ed25519'],
    ['~/.ssh/known_hosts', 'ssh-keyscan HOST prints'],
    [`ok ssh-ed25519 ${key}\nno`, '"no" is no line'],
    ['# only a comment', 'It has only comments'],
  ])('%j is none', (text, what) => {
    expect(parseKnownHosts(text)).toEqual({ ok: false, what: expect.stringContaining(what) });
  });
});
