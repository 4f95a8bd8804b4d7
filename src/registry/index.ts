/** registry/: a container registry over HTTP (distribution spec 1.1). The only room that imports undici. */
export { RegistryError, type RegistryErrorKind } from './errors.ts';
export type {
  Absent,
  BlobBody,
  DeleteAnswer,
  ManifestBody,
  ManifestHead,
  Referrer,
  Referrers,
  Registry,
  RegistryOptions,
  RequestRecord,
  TagList,
  Unreadable,
} from './registry.ts';
export { connect } from './client.ts';
