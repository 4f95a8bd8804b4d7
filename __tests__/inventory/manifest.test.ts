import { describe, expect, test } from '@jest/globals';
import { parseManifest } from '../../src/inventory/manifest.ts';
import { mediaTypes, placeholderAnnotation, type Digest } from '../../src/model/index.ts';

const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}` as Digest;
const entry = (letter: string, mediaType: string, more: object = {}): object => ({
  mediaType,
  digest: digest(letter),
  size: 7,
  ...more,
});
const read = (mediaType: string, json: unknown): ReturnType<typeof parseManifest> =>
  parseManifest({ digest: digest('f'), mediaType, bytes: new TextEncoder().encode(JSON.stringify(json)) });
const layer = 'application/vnd.oci.image.layer.v1.tar+gzip';

describe('kinds', () => {
  test.each([
    [
      'an OCI image',
      mediaTypes.ociManifest,
      { config: entry('a', mediaTypes.ociConfig), layers: [entry('b', layer)] },
      'image',
    ],
    ['a Docker image', mediaTypes.dockerManifest, { config: entry('a', mediaTypes.dockerConfig), layers: [] }, 'image'],
    [
      'a helm chart',
      mediaTypes.ociManifest,
      { config: entry('a', 'application/vnd.cncf.helm.config.v1+json'), layers: [] },
      'artifact',
    ],
    [
      'an artifact with an artifactType',
      mediaTypes.ociManifest,
      { artifactType: 'application/spdx+json', config: entry('a', mediaTypes.ociConfig), layers: [] },
      'artifact',
    ],
    ['an index', mediaTypes.ociIndex, { manifests: [entry('a', mediaTypes.ociManifest)] }, 'index'],
    ['a Docker list', mediaTypes.dockerList, { manifests: [] }, 'index'],
    ['schema 1', mediaTypes.dockerSchema1Signed, { schemaVersion: 1, fsLayers: [{ blobSum: digest('a') }] }, 'legacy'],
    [
      'a leftover placeholder',
      mediaTypes.ociManifest,
      {
        config: entry('a', 'application/vnd.oci.empty.v1+json'),
        layers: [],
        annotations: { [placeholderAnnotation]: 'x' },
      },
      'placeholder',
    ],
  ])('%s', (_, mediaType, json, kind) => {
    expect(read(mediaType, { schemaVersion: 2, ...json })).toMatchObject({ manifest: { kind, digest: digest('f') } });
  });
});

test("a build cache's index lists layers, and layers are no children", () => {
  const json = { manifests: [entry('a', layer), entry('b', 'application/vnd.buildkit.cacheconfig.v0')] };
  expect(read(mediaTypes.ociIndex, json)).toMatchObject({
    manifest: { kind: 'index', children: [], blobs: [{ digest: digest('a') }, { digest: digest('b') }] },
  });
});

test('an index says which of its children attests which', () => {
  const annotations = {
    'vnd.docker.reference.type': 'attestation-manifest',
    'vnd.docker.reference.digest': digest('a'),
  };
  const json = { manifests: [entry('a', mediaTypes.ociManifest), entry('b', mediaTypes.ociManifest, { annotations })] };
  const parsed = read(mediaTypes.ociIndex, json);
  expect('attests' in parsed && [...parsed.attests]).toEqual([[digest('b'), digest('a')]]);
});

test('a referrer names its subject', () => {
  const json = {
    config: entry('a', 'application/vnd.oci.empty.v1+json'),
    layers: [],
    subject: entry('c', mediaTypes.ociManifest),
  };
  expect(read(mediaTypes.ociManifest, json)).toMatchObject({ manifest: { kind: 'artifact', subject: digest('c') } });
});

describe('what could be read in two ways is not read at all', () => {
  test.each([
    [
      'layers and manifests at once',
      mediaTypes.ociIndex,
      { manifests: [], layers: [], config: entry('a', mediaTypes.ociConfig) },
      'lists manifests and layers at once',
    ],
    [
      'an index that the registry calls an image',
      mediaTypes.ociManifest,
      { mediaType: mediaTypes.ociIndex, manifests: [] },
      'the registry says',
    ],
    ['a list without the media type of one', mediaTypes.ociManifest, { manifests: [] }, "doesn't fit"],
    ['an index without a list', mediaTypes.ociIndex, { layers: [] }, "doesn't fit"],
    [
      'a child that is no digest',
      mediaTypes.ociIndex,
      { manifests: [{ mediaType: mediaTypes.ociManifest, digest: '../x', size: 1 }] },
      'malformed at manifests.0.digest',
    ],
    ['an array', mediaTypes.ociManifest, [], 'malformed'],
  ])('%s', (_, mediaType, json, why) => {
    expect(read(mediaType, json)).toEqual({ unreadable: expect.stringContaining(why) });
  });

  test.each(['', '{"schemaVersion": 2', '<html></html>', '\u00ff'])('%j is no JSON', (text) => {
    const bytes = Uint8Array.from(text, (each) => each.charCodeAt(0));
    expect(parseManifest({ digest: digest('f'), mediaType: mediaTypes.ociManifest, bytes })).toEqual({
      unreadable: 'its manifest is not JSON',
    });
  });
});
