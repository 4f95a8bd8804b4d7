/** registry/: a container registry over HTTP (distribution spec 1.1). The only room that imports undici. */
export { RegistryError, type RegistryErrorKind } from './errors.ts';
export type {
  Absent,
  BlobBody,
  BlobHead,
  BlobRead,
  DeleteAnswer,
  ManifestBody,
  ManifestHead,
  OpenedUpload,
  Referrer,
  Referrers,
  Refused,
  Registry,
  RegistryOptions,
  RequestRecord,
  TagList,
  Unreadable,
} from './registry.ts';
export { atOnce } from './at-once.ts';
export { connect } from './client.ts';
export { algorithmOf, digestOf, manifestDigest } from './digest.ts';
