/** Where an image says it was built (`org.opencontainers.image.source`): other repositories number their pull requests, too. */
import type { Evidence, Manifest } from '../model/index.ts';
import { asksFor } from './focus.ts';
import { notAsked, type Finding } from './finding.ts';
import type { Rule } from './rule.ts';

/**
 * Keeps what says, itself or by one of its platforms, that it was built from another repository than the one whose pull
 * requests or branches the rule asks for, and what might say so but could not be read. An image that says nothing, or
 * nothing that names a repository, is believed to be the rule's.
 */
export function judgeSource(rule: Rule, images: readonly Manifest[]): Finding {
  const { repo } = rule;
  if (repo === undefined || !(asksFor(rule, 'pull-request') || asksFor(rule, 'branch'))) return notAsked;
  const doubts = images.flatMap((image) => doubtOf(image, repo) ?? []);
  // That it is another's says more than that something could not be read.
  const [doubt] = doubts.toSorted((a, b) => Number(a.kind === 'unreadable') - Number(b.kind === 'unreadable'));
  return doubt === undefined ? notAsked : { kind: 'keeps', evidence: [doubt] };
}

function doubtOf(image: Manifest, repo: string): Evidence | undefined {
  if (image.kind === 'opaque') return { kind: 'unreadable', why: `${image.why}, and it may come from another source` };
  const { source, created } = image;
  if (source === undefined)
    return created.kind === 'unknown' && created.why === 'unreadable'
      ? { kind: 'unreadable', why: 'its config or its date, so it may come from another source' }
      : undefined;
  const named = parseSource(source);
  return named === undefined || named === repo.toLowerCase() ? undefined : { kind: 'another-source', source, repo };
}

/** A GitHub Enterprise Server may have any name, so hosts aren't compared; these are known to be none. */
const otherHosts = ['gitlab.com', 'bitbucket.org', 'codeberg.org', 'gitea.com', 'dev.azure.com'];

/**
 * `owner/name` in lower case, out of a web address, any of git's ways to write a remote, or `owner/name` itself; with
 * the host in front where that is no GitHub. `undefined` for text that names no repository.
 */
export function parseSource(text: string): string | undefined {
  const address = text.trim();
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(address)?.[0] ?? '';
  const rest = address
    .slice(scheme.length)
    .replace(/[?#].*$/, '')
    .replace(/^[^/@]*@/, '');
  // After a scheme a port may follow the host; without one, `host:owner` is how git writes it for SSH.
  const segments = (scheme === '' ? rest : rest.replace(/^([^/:]*):\d*\//, '$1/'))
    .split(/[/:]+/)
    .filter((segment) => segment !== '');
  const [first = ''] = segments;
  const hasHost = scheme !== '' || segments.length > 2 || first.includes('.');
  const [owner = '', name = ''] = hasHost ? segments.slice(1) : segments;
  const repo = `${owner}/${name.replace(/\.git$/i, '')}`.toLowerCase();
  if (!/^[a-z0-9_-]+\/(?!\.{1,2}$)[a-z0-9._-]+$/.test(repo)) return undefined;
  const host = first.toLowerCase();
  return hasHost && otherHosts.includes(host) ? `${host}/${repo}` : repo;
}
