/** inventory/: what is there, as Snapshots. */
export { CacheFileError, longestFile as longestCacheFile } from './cache-file.ts';
export { ContentCache } from './cache.ts';
export { ContentMemory, type ManifestContent } from './memory.ts';
export {
  lostSight,
  observe,
  observeDigests,
  observeReferrers,
  recheck,
  ReferrersSupport,
  type Look,
} from './observe.ts';
export { parseManifest } from './manifest.ts';
export { askHead } from './ask.ts';
export { doubtCatalog, listRepositories, type RepositoryList } from './repositories.ts';
export { inShard } from './shards.ts';
