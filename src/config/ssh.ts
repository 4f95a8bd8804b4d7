/** `ssh-host` and what it takes to be let in there. */
import { Buffer } from 'node:buffer';
import { isIPv6 } from 'node:net';
import { parsed, quote, refused } from './error.ts';
import type { Parsed } from './error.ts';
import { withoutUserInfo } from './registry.ts';

/** Where a login is: a name may be one of the runner's SSH configuration. IPv6 without its brackets. */
export type SshDestination = { readonly host: string; readonly user?: string; readonly port?: number };

export type SshConfig = SshDestination & {
  /** The private key as OpenSSH reads it: whole lines, a line break at its end. */
  readonly key?: string;
  readonly passphrase?: string;
  /** Lines of a `known_hosts` file. */
  readonly knownHosts?: string;
};

// What login names are made of, a directory's `name@domain` included. None begins with a dash, as an option does.
const userName = /^[a-zA-Z0-9_](?:[a-zA-Z0-9_.@+-]{0,254})$/;
const hostName = /^[a-zA-Z0-9_](?:[a-zA-Z0-9_.-]{0,252}[a-zA-Z0-9_])?$/;

/** `[user@]host[:port]`. A password is refused, and never quoted. */
export function parseSshHost(text: string): Parsed<SshDestination> {
  const at = text.lastIndexOf('@');
  const user = at === -1 ? undefined : text.slice(0, at);
  const address = text.slice(at + 1);
  const shown = quote(user?.includes(':') ? withoutUserInfo(text) : text);
  if (/^[a-z+]+:\/\//i.test(text)) return refused(`${shown} is a URL. Write [user@]host[:port], without "://".`);
  if (user !== undefined && !userName.test(user))
    return refused(
      user.includes(':')
        ? `${shown} holds a password. Take it out: a login is by key, in ssh-key or in the runner's agent.`
        : `${shown} has no name of a user in front of the "@".`,
    );
  const [, bracketed, name, digits] = /^(?:\[([^[\]]*)\]|([^:[\]]*))(?::(\d+))?$/.exec(address) ?? [];
  const host = bracketed ?? name ?? '';
  const isHost = bracketed === undefined ? hostName.test(host) : isIPv6(host);
  if (!isHost)
    return refused(
      isIPv6(address)
        ? `${shown} is an IPv6 address without its brackets. Write [${address}].`
        : `${shown} is not [user@]host[:port].`,
    );
  const port = digits === undefined ? undefined : Number(digits);
  if (port !== undefined && (port < 1 || port > 65_535)) return refused(`${shown} has a port that there is not.`);
  return parsed({ host, ...(user !== undefined && { user }), ...(port !== undefined && { port }) });
}

const keyText = /-----BEGIN ((?:[A-Z]+ )*)PRIVATE KEY-----[ \t]*\n[\s\S]*?\n[ \t]*-----END \1PRIVATE KEY-----/;
const wayOut = 'Store the file as it is: gh secret set REGISTRY_SSH_KEY < FILE.';

/**
 * A private key, ready for `ssh-add`. `passphrase`: whether there is one. Nothing of the text is ever quoted; one
 * that isn't a key might be another secret.
 */
export function parseSshKey(text: string, passphrase: boolean): Parsed<string> {
  const lines = text.replace(/\r\n?/g, '\n');
  const found = keyText.exec(lines);
  if (found === null) return refused(whyNoKey(lines));
  const key = found[0]
    .split('\n')
    .map((line) => line.trim())
    .join('\n');
  return isEncrypted(key) && !passphrase
    ? refused('The key is encrypted, and there is no ssh-key-passphrase. Give both.')
    : parsed(`${key}\n`);
}

function whyNoKey(text: string): string {
  if (text.startsWith('PuTTY-User-Key-File'))
    return "It is a key of PuTTY, which OpenSSH doesn't read. Convert it: puttygen FILE -O private-openssh.";
  if (/^(?:ssh|ecdsa|sk)-[\w@.-]+ /.test(text))
    return 'It is a public key. The private one is the file beside it, without .pub.';
  if (/-----BEGIN .*PRIVATE KEY-----/.test(text)) return `It has lost its line breaks, or its last line. ${wayOut}`;
  return `It is no private key: it needs a line -----BEGIN OPENSSH PRIVATE KEY----- and its end, not the path of a file. ${wayOut}`;
}

/** As far as the text tells: OpenSSH's own format names its cipher first, PEM has headers or a name of its own. */
function isEncrypted(key: string): boolean {
  if (/^(?:Proc-Type: 4,ENCRYPTED|-----BEGIN ENCRYPTED )/m.test(key)) return true;
  // PROTOCOL.key: "openssh-key-v1", a zero byte, then the cipher's name behind its length in four bytes.
  const bytes = Buffer.from(key.split('\n').slice(1, -1).join(''), 'base64');
  const magic = 'openssh-key-v1\0';
  if (!bytes.subarray(0, magic.length).equals(Buffer.from(magic))) return false;
  const from = magic.length + 4;
  return bytes.subarray(from, from + 4).toString('latin1') !== 'none';
}

// sshd(8), SSH_KNOWN_HOSTS FILE FORMAT: marker, names, type of the key, the key, a comment.
const knownHost =
  /^(?:@(?:cert-authority|revoked)[ \t]+)?[^\s@#][^\s]*[ \t]+(?:ssh|ecdsa|sk)-[\w@.-]+[ \t]+[A-Za-z0-9+/]+={0,2}(?:[ \t].*)?$/;

/** The lines that say something, each ended. At least one. */
export function parseKnownHosts(text: string): Parsed<string> {
  const lines = text
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const odd = lines.find((line) => !knownHost.test(line));
  if (odd !== undefined)
    return refused(
      `${quote(odd)} is no line of a known_hosts file. Give what ssh-keyscan HOST prints, once you have checked it on the host.`,
    );
  return lines.length === 0
    ? refused('It has only comments. Give what ssh-keyscan HOST prints, once you have checked it on the host.')
    : parsed(lines.map((line) => `${line}\n`).join(''));
}

/** Whatever it is, it is the user's; never quoted. */
export function parsePassphrase(text: string, key: boolean): Parsed<string> {
  return key ? parsed(text) : refused('It was given without an ssh-key. Give both or neither.');
}
