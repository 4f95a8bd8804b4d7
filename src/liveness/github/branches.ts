/** Which texts in tags a living branch or git tag gives. */
import { z } from 'zod';
import { refTexts } from '../../policy/index.ts';
import type { Api } from './api.ts';
import { GitHubError } from './error.ts';
import { listAllTwice, pageSize } from './list.ts';
import type { GitHubRepository } from './repository.ts';

/** By text: the branch, or git tag, that gives it. */
export type LivingNames = ReadonlyMap<string, string>;

const named = z.object({ name: z.string().min(1) });

/** Throws GitHubError, also where no branch at all is named: every repository that builds images has one. */
export async function listLivingNames(api: Api, repository: GitHubRepository): Promise<LivingNames> {
  const { name, owner, repo } = repository;
  const { repos } = api.octokit.rest;
  const page = { owner, repo, per_page: pageSize };
  const about = { repo: name, permission: 'contents: read' } as const;
  const branches = await listAllTwice(
    api,
    { ...about, url: new URL(repos.listBranches.endpoint(page).url), what: `the branches of ${name}` },
    named,
  );
  if (branches.length === 0)
    throw new GitHubError({
      what: `GitHub names no branch of ${name} at all, which can't be true of a repository that images are built from`,
      wayOut:
        'Check that github-repository (or the rule of the policy) names the repository that the images come from, and that github-token has contents: read there.',
    });
  const tags = await listAllTwice(
    api,
    { ...about, url: new URL(repos.listTags.endpoint(page).url), what: `the git tags of ${name}` },
    named,
  );
  // Branches first: where both give a text, the branch is named.
  return livingNames([...branches, ...tags].map((one) => one.name));
}

/** The first of the names that gives a text is the one that is named for it. */
export function livingNames(names: readonly string[]): LivingNames {
  const living = new Map<string, string>();
  for (const name of names) for (const text of refTexts(name)) if (!living.has(text)) living.set(text, name);
  return living;
}
