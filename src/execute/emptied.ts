/**
 * A look that sees no tag at all where there were some a moment ago. A few tags less is somebody at work; all of them at
 * once is a storage that was taken away, another registry at the same address, an answer of a replica that is behind. The
 * kept tags and those that came meanwhile would be gone with them, and with them all that holds a doomed image.
 */
import { askHead } from '../inventory/index.ts';
import type { Problem, RepositoryName, RepositoryPlan, Snapshot } from '../model/index.ts';
import { batchSize } from './batches.ts';
import type { Site } from './site.ts';

/** Where tags were to stay, they are not all gone. `undefined`: nothing speaks against the look. */
export function lostAllKept(
  { repository, stays }: RepositoryPlan,
  before: Snapshot,
  now: Snapshot,
): Problem | undefined {
  const [kept] = stays;
  if (now.tags.size > 0 || before.tags.size === 0 || kept === undefined) return undefined;
  return emptied(repository, before, `though ${kept.tag} was to stay`);
}

/** The same before the first deletion, also where none was to stay: then another run may have taken them, and they tell. */
export async function doubtEmpty(
  site: Site,
  plan: RepositoryPlan,
  before: Snapshot,
  now: Snapshot,
): Promise<Problem | undefined> {
  if (now.tags.size > 0) return undefined;
  const some = [...before.tags].filter(([, { kind }]) => kind === 'points').slice(0, batchSize);
  const heads = await Promise.all(some.map(async ([tag]) => ({ tag, head: await askHead(site, tag) })));
  const there = heads.find(({ head }) => head.kind !== 'absent');
  if (there === undefined) return lostAllKept(plan, before, now);
  const { tag, head } = there;
  const how = head.kind === 'found' ? `and serves ${tag} all the same` : `and ${tag} can't be asked for`;
  return emptied(site.repository, before, how);
}

function emptied(repository: RepositoryName, { tags }: Snapshot, how: string): Problem {
  return {
    at: repository,
    what: `the registry listed ${tags.size === 1 ? '1 tag' : `${tags.size} tags`} a moment ago and lists none now, ${how}; nothing more of it is deleted`,
    wayOut:
      'Look whether its storage is well, and whether several registries answer at this address. Then run it again.',
  };
}
