/** The catalog and the tags of a repository. */
import { parseRepositoryName, parseTag, type Problem, type RepositoryName, type Tag } from '../model/index.ts';
import { explainAnswer, isHtml, parseErrors } from './answer-errors.ts';
import { RegistryError } from './errors.ts';
import { listPages, namesIn } from './pagination.ts';
import type { TagList } from './registry.ts';
import { catalogScope, repositoryScope } from './scope.ts';
import type { Session } from './session.ts';
import { clean } from './text.ts';

const itself = (name: string): string => name;

export async function listRepositories(session: Session): Promise<readonly RepositoryName[]> {
  const listed = await listPages(session, {
    at: '/v2/_catalog',
    scopes: [catalogScope],
    parse: namesIn('repositories'),
    nameOf: itself,
  });
  if (listed.kind === 'refused') throw explainAnswer(listed.reply);
  return [...new Set(listed.items)].flatMap((name) => parseRepositoryName(name) ?? []);
}

/**
 * Each page begins after the last name of the one before (distribution spec 1.1.1, "Listing Tags"), so a push or a deletion
 * meanwhile makes no name come twice. Pages that overlap are of two lists, of two orders or by number, and what overlaps at
 * one place may leave a gap at another: a tag that isn't seen, on an image that is to go.
 */
function listedTwice(repository: RepositoryName, tag: Tag, distinct: number): RegistryError {
  return new RegistryError({
    kind: 'protocol',
    what: `The registry lists ${repository}:${tag} twice among its first ${distinct + 1} tags, so its pages may leave out others`,
    wayOut:
      'Run it again. If it stays so, see whether several registries with storages of their own answer at this address.',
    method: 'GET',
    url: `/v2/${repository}/tags/list`,
  });
}

export async function listTags(session: Session, repository: RepositoryName): Promise<TagList> {
  const listed = await listPages(session, {
    at: `/v2/${repository}/tags/list`,
    scopes: [repositoryScope(repository, ['pull'])],
    parse: namesIn('tags', 'name'),
    nameOf: itself,
  });
  if (listed.kind === 'refused') {
    const { answer } = listed.reply;
    const { codes } = parseErrors(answer);
    // NOT_FOUND is Harbor's word for it; zot says NAME_UNKNOWN with 400 to some requests.
    const unknown = codes.includes('NAME_UNKNOWN') || (codes.includes('NOT_FOUND') && answer.status === 404);
    if (unknown && (answer.status === 404 || answer.status === 400) && !isHtml(answer))
      return { kind: 'no-such-repository' };
    throw explainAnswer(listed.reply);
  }
  const problems: Problem[] = [];
  const tags = new Set<Tag>();
  for (const name of listed.items) {
    const tag = parseTag(name);
    if (tag === undefined)
      problems.push({
        at: repository,
        what: `The registry lists “${clean(name)}”, which is no name of a tag`,
        wayOut: 'It is left alone. Remove it by the means of the registry itself.',
      });
    else if (tags.has(tag)) throw listedTwice(repository, tag, tags.size);
    else tags.add(tag);
  }
  return { kind: 'listed', tags: [...tags], problems };
}
