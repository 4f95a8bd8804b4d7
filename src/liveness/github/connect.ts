/** From what rules ask to what GitHub says, repository by repository. */
import type { Focus } from '../../model/index.ts';
import { refTexts, type Ask } from '../../policy/index.ts';
import { answer, askOf, distinct, letsGo } from './answers.ts';
import { openApi, type Api } from './api.ts';
import { listLivingNames } from './branches.ts';
import type { GitHub, GitHubOptions } from './github.ts';
import { askPullRequests, sweepPullRequests } from './pull-requests.ts';
import { sameRepository } from './repository.ts';

/** Opens nothing and throws nothing: the first question does. */
export function connectGitHub(options: GitHubOptions): GitHub {
  let opened: Promise<Api> | undefined;
  const api = (): Promise<Api> => (opened ??= openApi(options));
  return {
    async claim(asks, focus) {
      const wanted = distinct(asks).filter((ask) => isInFocus(ask, focus));
      return answer(wanted, {
        pullRequests: async (repository, numbers) =>
          focus?.kind === 'pull-request' && sameRepository(repository.name, focus.repo)
            ? askPullRequests(await api(), repository, numbers)
            : sweepPullRequests(await api(), repository, numbers),
        livingNames: async (repository) => listLivingNames(await api(), repository),
      });
    },
    async confirm(claims) {
      return answer(distinct(claims.filter(letsGo).map(askOf)), {
        pullRequests: async (repository, numbers) => askPullRequests(await api(), repository, numbers),
        livingNames: async (repository) => listLivingNames(await api(), repository),
      });
    },
  };
}

function isInFocus(ask: Ask, focus: Focus | undefined): boolean {
  if (focus === undefined || !sameRepository(ask.repo, focus.repo)) return true;
  if (ask.kind === 'pull-request') return focus.kind !== 'pull-request' || ask.number === focus.number;
  return focus.kind !== 'branch' || refTexts(focus.ref).has(ask.text);
}
