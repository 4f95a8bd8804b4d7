/** What is remembered from run to run, in the `cache-file`. It spares requests: whatever is wrong with it stops nothing. */
import { CacheFileError, ContentCache, longestCacheFile } from '../inventory/index.ts';
import type { Instant } from '../model/index.ts';
import type { Runtime } from '../runtime/index.ts';

/** `undefined` where none is wanted. */
export async function openCache(
  { files, log }: Runtime,
  path: string | undefined,
  now: Instant,
): Promise<ContentCache | undefined> {
  if (path === undefined) return undefined;
  try {
    return new ContentCache(now, await files.readBytes(path, longestCacheFile));
  } catch (error) {
    const what = error instanceof CacheFileError ? `It ${error.message}` : messageOf(error);
    log.warning(`${path} is not used, and is written anew: everything is asked for this time. ${what}`, 'cache-file');
    return new ContentCache(now);
  }
}

export async function saveCache(
  { files, log }: Runtime,
  path: string | undefined,
  cache: ContentCache | undefined,
): Promise<void> {
  if (path === undefined || cache === undefined) return;
  try {
    await files.writePrivateFile(path, cache.encode());
  } catch (error) {
    log.warning(
      `It could not be written, so the next run asks for everything once more. ${messageOf(error)}`,
      'cache-file',
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
