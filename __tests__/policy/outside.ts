/** What tables say of the world outside the registry: pull requests, branches, and files that name images. */
import { parseRepositoryName, type Claim, type Focus, type Reference } from '../../src/model/index.ts';
import { digest, repository, tag } from './tables.ts';

export const repo = 'acme/app';

export const pull = (number: number, state: 'open' | 'closed' | 'not-found', of = repo): Claim => ({
  kind: 'pull-request',
  repo: of,
  number,
  state,
  by: 'api',
});

export const branch = (text: string, liveAs?: string, of = repo): Claim => ({
  kind: 'branch',
  repo: of,
  text,
  ...(liveAs !== undefined && { liveAs }),
});

export const closing = (number: number, of = repo): Focus => ({
  kind: 'pull-request',
  repo: of,
  number,
  event: `#${number}`,
});

export const deleting = (ref: string, of = repo): Focus => ({ kind: 'branch', repo: of, ref, event: ref });

/** `:v1` a tag, `@A` a digest, `:?` a tag that can't be resolved; `other/web:v1` of another repository. In `deploy.yml`. */
export const references = (...texts: readonly string[]): readonly Reference[] =>
  texts.map((as, at) => {
    const [, name = '', sign, text = ''] = /^([a-z/]*)([:@])(.*)$/.exec(as) ?? [];
    const names: Reference['names'] =
      text === '?'
        ? { kind: 'all' }
        : sign === ':'
          ? { kind: 'tag', tag: tag(text) }
          : { kind: 'digest', digest: digest(text) };
    return { repository: parseRepositoryName(name) ?? repository, file: 'deploy.yml', line: at + 1, as, names };
  });
