/** What a registry and its storage say of a repository, before and after it was cleaned. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const listSchema = z.object({ tags: z.array(z.string()).nullish() });

/** Its tags, page by page. */
export async function tagsOf(url: string, repository: string): Promise<readonly string[]> {
  const tags: string[] = [];
  let next: string | undefined = `/v2/${repository}/tags/list?n=1000`;
  while (next !== undefined) {
    const response: Response = await fetch(new URL(next, url));
    tags.push(...(listSchema.parse(await response.json()).tags ?? []));
    next = /<([^>]+)>/.exec(response.headers.get('link') ?? '')?.[1];
  }
  return tags;
}

/** How many manifests its storage has: one that was deleted leaves its folder without the link in it. */
export function manifestCount(root: string, repository: string): number {
  const folder = join(root, 'docker/registry/v2/repositories', repository, '_manifests/revisions');
  return readdirSync(folder, { recursive: true }).filter((path) => String(path).endsWith('/link')).length;
}
