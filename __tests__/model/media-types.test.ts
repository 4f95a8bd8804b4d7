import { describe, expect, test } from '@jest/globals';
import {
  isImageConfigMediaType,
  isIndexMediaType,
  isManifestMediaType,
  manifestMediaTypes,
  mediaTypes,
} from '../../src/model/index.ts';

const configs: readonly string[] = [mediaTypes.ociConfig, mediaTypes.dockerConfig];

describe.each(Object.entries(mediaTypes))('%s', (_, mediaType) => {
  test('is the type of a manifest, or of a config', () => {
    expect(isManifestMediaType(mediaType)).toBe(!configs.includes(mediaType));
    expect(isImageConfigMediaType(mediaType)).toBe(configs.includes(mediaType));
  });
});

test('indexes and lists have children', () => {
  expect(manifestMediaTypes.filter(isIndexMediaType)).toEqual([mediaTypes.ociIndex, mediaTypes.dockerList]);
});

test.each([
  'application/vnd.oci.image.layer.v1.tar+gzip',
  'application/vnd.buildkit.cacheconfig.v0',
  'application/vnd.oci.empty.v1+json',
  'application/json',
  '',
])('%j is neither a manifest nor an image config', (mediaType) => {
  expect(isManifestMediaType(mediaType)).toBe(false);
  expect(isImageConfigMediaType(mediaType)).toBe(false);
});
