/** model/ (pure): one import for all the values that travel. */
export * from './names.ts';
export * from './media-types.ts';
export * from './snapshot.ts';
export { BlobPool, bytesOf } from './blobs.ts';
export * from './stored.ts';
export * from './decision.ts';
export * from './plan.ts';
export * from './restoration.ts';
export * from './reference.ts';
export * from './reach.ts';
export * from './placeholder.ts';
export * from './program.ts';
export * from './collection.ts';
export * from './shard.ts';
export * from './json.ts';
export * from './markdown.ts';
export * from './fold.ts';
