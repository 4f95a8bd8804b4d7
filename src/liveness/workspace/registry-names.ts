/** Under which names files know this registry. Pure. */
import type { Origin } from '../../model/index.ts';
import { WorkspaceError } from './error.ts';
import { unknown } from './expression.ts';

export type RegistryName = {
  /** In lower case. */
  readonly host: string;
  /** As they may stand behind the host; '' is none. */
  readonly ports: readonly string[];
  /** The path that the registry is served under, in lower case, without slashes at its ends. */
  readonly prefix: string;
};

export type RegistryNames = {
  readonly names: readonly RegistryName[];
  /** Any of the hosts in front of a path, any case: its first group is host and port as found. Global. */
  readonly pattern: RegExp;
  /** Any of the hosts without a path behind it. */
  readonly alone: RegExp;
  /** `docker.io` is an alias: an image's name without a host is of this registry, too. */
  readonly implicit: boolean;
};

const dockerHub = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];
const hostGrammar = /^(?:[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])$/;

/** Throws WorkspaceError for an alias that is no host, with or without port and path. */
export function makeRegistryNames(origin: Origin, aliases: readonly string[]): RegistryNames {
  const given = [origin, ...aliases.filter((alias) => alias.trim() !== '')].map(parseName);
  const implicit = given.slice(1).some((name) => dockerHub.includes(name.host) && name.prefix === '');
  const names = implicit ? [...given, ...dockerHub.map((host) => parseName(host))] : given;
  return { names, implicit, ...patternsOf(names) };
}

function parseName(text: string): RegistryName {
  const [authority = '', ...path] = text
    .trim()
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
    .split('/');
  const [, host = '', port] = /^(.*?)(?::(\d+))?$/s.exec(authority.toLowerCase()) ?? [];
  if (!hostGrammar.test(host) || /[\s@:?#]/.test(path.join('/')))
    throw new WorkspaceError(
      `registry-aliases: "${text}" is not the name of a registry.`,
      'Give a host, or a host and a port: mirror.example.com:5000',
    );
  return {
    host,
    ports: portsOf(port),
    prefix: path
      .filter((part) => part !== '')
      .join('/')
      .toLowerCase(),
  };
}

/** The ports of http and https may stand there or not: whoever writes the one form means the other. */
function portsOf(port: string | undefined): readonly string[] {
  if (port === undefined) return ['', '443', '80'];
  return port === '443' || port === '80' ? ['', port] : [port];
}

function patternsOf(names: readonly RegistryName[]): Pick<RegistryNames, 'pattern' | 'alone'> {
  const hosts = names.map(({ host, ports }) => {
    const numbers = ports.filter((port) => port !== '');
    // A port that is given by a variable may be this one.
    const behind = `(?::(?:${[...numbers, unknown].join('|')}))${ports.includes('') ? '?' : ''}`;
    return host.replace(/[.[\]]/g, String.raw`\$&`) + behind;
  });
  // Behind a letter, a digit, a dot or a dash it is the end of another host; but \n, \r and \t may be escapes.
  const host = String.raw`(?:(?<![\w.-])|(?<=\\[nrt]))(${hosts.join('|')})`;
  return { pattern: new RegExp(`${host}/+`, 'gi'), alone: new RegExp(String.raw`${host}(?![\w.:/-])`, 'i') };
}
