/** Every parser of text that somebody else has written, with real texts of its kind and the errors that it may throw. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { ConfigError, loadConfig } from '../../src/config/index.ts';
import { parseAuthEntry, parseDockerConfig } from '../../src/credentials/docker-config.ts';
import { CredentialsError } from '../../src/credentials/errors.ts';
import { JournalError, readJournal } from '../../src/execute/index.ts';
import { parseCollectorOutput } from '../../src/gc/collector-output.ts';
import {
  CacheFileError,
  decodeCache,
  deflateContent,
  deflateRepository,
  encodeCache,
  inflateContent,
  inflateRepository,
} from '../../src/inventory/cache-file.ts';
import { believe, parseConfig } from '../../src/inventory/created.ts';
import { parseManifest } from '../../src/inventory/manifest.ts';
import { findImages } from '../../src/liveness/workspace/image-name.ts';
import { makeRegistryNames } from '../../src/liveness/workspace/registry-names.ts';
import { readText } from '../../src/liveness/workspace/read-text.ts';
import { WorkspaceError } from '../../src/liveness/workspace/index.ts';
import {
  mediaTypes,
  parseDigest,
  parseInstant,
  parseOrigin,
  parseRepositoryName,
  parseTag,
} from '../../src/model/index.ts';
import { decode, encode, PlanFormatError } from '../../src/plan/index.ts';
import { parseChallenges } from '../../src/registry/challenge.ts';
import { parseNextLink, resolveNext } from '../../src/registry/pagination.ts';
import { parseRateLimit } from '../../src/registry/rate-limit.ts';
import { parseRetryAfterMs } from '../../src/registry/retry.ts';
import { digestOf, instantOf, originOf } from '../arbitraries/names.ts';
import { plans } from '../arbitraries/plans.ts';

export type Parser = {
  readonly name: string;
  readonly samples: readonly string[];
  /** Throws only what `refusals` names, or where it is wrong. */
  readonly read: (text: string) => void;
  readonly refusals: readonly (new (...given: never[]) => Error)[];
};

const now = instantOf('2026-11-22T01:30:00.000Z');
const registry = originOf('https://registry.example.com');
const layer = (digit: string): object => ({
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  digest: `sha256:${digit.repeat(64)}`,
  size: 1024,
});
const image = {
  schemaVersion: 2,
  mediaType: mediaTypes.ociManifest,
  config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: `sha256:${'c'.repeat(64)}`, size: 512 },
  layers: [layer('1'), layer('2')],
  subject: { mediaType: mediaTypes.ociManifest, digest: `sha256:${'d'.repeat(64)}`, size: 400 },
  annotations: { 'org.opencontainers.image.created': '2026-01-02T03:04:05Z' },
};
const index = {
  schemaVersion: 2,
  mediaType: mediaTypes.ociIndex,
  manifests: [
    {
      mediaType: mediaTypes.ociManifest,
      digest: `sha256:${'a'.repeat(64)}`,
      size: 7,
      platform: { architecture: 'amd64', os: 'linux' },
    },
    {
      mediaType: mediaTypes.ociManifest,
      digest: `sha256:${'b'.repeat(64)}`,
      size: 7,
      annotations: {
        'vnd.docker.reference.type': 'attestation-manifest',
        'vnd.docker.reference.digest': `sha256:${'a'.repeat(64)}`,
      },
    },
  ],
};
const schema1 = {
  schemaVersion: 1,
  name: 'apps/web',
  tag: '1',
  architecture: 'amd64',
  fsLayers: [{ blobSum: `sha256:${'1'.repeat(64)}` }],
  history: [{ v1Compatibility: '{"created":"2026-01-02T03:04:05Z"}' }],
  signatures: [{ protected: 'eyJmb3JtYXRMZW5ndGgiOjEwLCJmb3JtYXRUYWlsIjoiZlEifQ' }],
};
const config = {
  architecture: 'amd64',
  os: 'linux',
  created: '2026-01-02T03:04:05.678901234Z',
  config: { Labels: { 'org.opencontainers.image.source': 'https://github.com/acme/web' } },
  history: [{ created: '2025-12-31T00:00:00Z', created_by: 'RUN true' }, { created: '1970-01-01T00:00:00Z' }],
};
const dockerConfig = {
  auths: {
    'registry.example.com': { auth: 'YWRhOnNlY3JldA==' },
    'https://index.docker.io/v1/': { identitytoken: 'x' },
  },
  credHelpers: { 'other.example.com': 'pass' },
  credsStore: 'desktop',
};
const policy = `version: 1
keep-tags: [stable, "v*"]
rules:
  - name: previews
    repositories: ["apps/**", "!apps/base"]
    tags: ["pr-{pr}", "pr-{pr}-*"]
    github-repository: acme/apps
  - name: releases
    repositories: "**"
    tags:
      - v{version}
      - /v(?<version>\\d+\\.\\d+)-.*/
    keep-last: 20
    older-than: 30d
`;
const compose = `services:
  web:
    image: registry.example.com/apps/web:\${TAG:-1.2.3}
  db: {image: "registry.example.com/db@sha256:${'a'.repeat(64)}"}
---
image:
  registry: registry.example.com
  repository: apps/api
  tag: "1.0"
`;
const collected = `apps/web
apps/web: marking manifest sha256:${'a'.repeat(64)}
apps/web: marking blob sha256:${'b'.repeat(64)}
4 blobs marked, 2 blobs and 1 manifests eligible for deletion
blob eligible for deletion: sha256:${'c'.repeat(64)}
time="2026-11-22T01:30:00Z" level=error msg="failed to garbage collect: no such file"
`;
const manifestBytes = JSON.stringify(image);
const journal = {
  version: 1,
  registry,
  repository: 'apps/web',
  digest: `sha256:${createHash('sha256').update(manifestBytes).digest('hex')}`,
  mediaType: mediaTypes.ociManifest,
  bytesBase64: Buffer.from(manifestBytes).toString('base64'),
  tags: ['1.2.3'],
  role: 'tagged',
  at: now,
};
const somePlans = fc.sample(plans, { seed: 1, numRuns: 8 }).map((plan) => [...encode(plan)].join(''));

const cache = Buffer.concat(
  encodeCache([
    {
      type: 'content',
      day: '2026-11-22',
      entries: [{ digest: digestOf(1), length: manifestBytes.length, mediaType: mediaTypes.ociManifest }],
      data: deflateContent([Buffer.from(manifestBytes)]),
    },
    {
      type: 'repository',
      day: '2026-11-22',
      registry,
      name: 'apps/web',
      data: deflateRepository({ tags: [['1.2.3', digestOf(1), now]], held: [digestOf(2)] }),
    },
  ]),
);

const texts = (...values: readonly unknown[]): readonly string[] =>
  values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
const digest = digestOf(3);

export const parsers: readonly Parser[] = [
  {
    name: 'challenge',
    samples: texts(
      'Bearer realm="https://auth.example.com/token",service="registry.example.com",scope="repository:apps/web:pull,push"',
      'Basic realm="a \\"quoted\\" one", Negotiate abcd==, Bearer realm=x',
    ),
    read: (text) => parseChallenges([text, text]),
    refusals: [],
  },
  {
    name: 'Link',
    samples: texts(
      '</v2/_catalog?last=a&n=100>; rel="next"',
      '<https://x.example/v2/a/tags/list?n=1>; rel=next, <b>; rel="prev"',
    ),
    read(text) {
      const from = new URL('https://registry.example.com/v2/apps/web/tags/list?n=1000');
      const link = parseNextLink([text]);
      const next = link === undefined ? undefined : resolveNext(link, from);
      if (next !== undefined && (next.origin !== from.origin || next.pathname !== from.pathname))
        throw new TypeError(`${link} leads to ${next.href}.`);
    },
    refusals: [],
  },
  {
    name: 'rate limit and Retry-After',
    samples: texts('100;w=21600', '"default";q=100;w=60, "burst";q=5', 'Wed, 21 Oct 2026 07:28:00 GMT', '120'),
    read(text) {
      parseRateLimit(() => [text, text], new Date(now));
      const wait = parseRetryAfterMs(text, new Date(now));
      if (wait !== undefined && !(wait >= 0)) throw new TypeError(`A wait of ${wait} ms.`);
    },
    refusals: [],
  },
  {
    name: 'names',
    samples: texts(digest, 'v1.2.3-alpine', 'apps/web', 'https://registry.example.com:5000/prefix', now),
    read(text) {
      for (const parse of [parseDigest, parseTag, parseRepositoryName, parseOrigin, parseInstant]) {
        const name = parse(text);
        if (name !== undefined && !/^[\x21-\x7e]+$/.test(name))
          throw new TypeError(`A name of ${JSON.stringify(name)}.`);
      }
    },
    refusals: [],
  },
  {
    name: 'manifest',
    samples: texts(image, index, schema1, { ...index, mediaType: mediaTypes.dockerList }),
    read(text) {
      for (const mediaType of Object.values(mediaTypes)) parseManifest({ digest, mediaType, bytes: Buffer.from(text) });
    },
    refusals: [],
  },
  {
    name: 'image configuration',
    samples: texts(config),
    read(text) {
      believe(parseConfig(Buffer.from(text))?.said, now);
    },
    refusals: [],
  },
  {
    name: "Docker's configuration",
    samples: texts(dockerConfig),
    read(text) {
      const { auths } = parseDockerConfig(text, 'config.json');
      for (const [name, entry] of Object.entries(auths)) parseAuthEntry(entry, name);
    },
    refusals: [CredentialsError],
  },
  {
    name: 'policy',
    samples: texts(policy),
    read(text) {
      const inputs = {
        registry: 'registry.example.com',
        policy: 'policy.yml',
        'github-token': 'x',
        'github-repository': 'acme/web',
      };
      loadConfig(new Map(Object.entries(inputs)), () => text);
    },
    refusals: [ConfigError],
  },
  { name: 'plan', samples: somePlans, read: (text) => decode(text), refusals: [PlanFormatError] },
  {
    name: 'journal',
    samples: texts(
      `${JSON.stringify(journal)}\n`,
      `${JSON.stringify({ ...journal, tags: [], role: 'child' })}\n`.repeat(2),
    ),
    read: (text) => readJournal(Buffer.from(text), { registry, file: 'journal.jsonl' }),
    refusals: [JournalError],
  },
  {
    name: 'cache-file',
    samples: [cache.toString('latin1')],
    read(text) {
      for (const record of decodeCache(Buffer.from(text, 'latin1')))
        if (record.type === 'content') inflateContent(record);
        else inflateRepository(record);
    },
    refusals: [CacheFileError],
  },
  {
    name: 'collector output',
    samples: texts(collected),
    read(text) {
      for (const status of [0, 1]) parseCollectorOutput(status, text.split('\n'));
    },
    refusals: [],
  },
  {
    name: 'files that name images',
    samples: texts(compose, 'docker run -e A=$(x) registry.example.com/apps/web:1 # prod\nTAG=1\n'),
    read(text) {
      const names = makeRegistryNames(registry, ['mirror.example.com']);
      for (const line of text.split('\n')) findImages(line, names);
      for (const file of ['deploy.yml', '.env'])
        readText({ file, text, beside: new Map(), dotEnv: new Map([['TAG', new Set(['1'])]]) }, names);
    },
    refusals: [WorkspaceError],
  },
];

const untouched = [Object.prototype, Array.prototype, Function.prototype, Map.prototype].map((one) => ({
  one,
  names: Reflect.ownKeys(one).length,
}));

/** Reads one text. Throws where that ends otherwise than in a value or a refusal, or leaves a trace in all objects. */
export function tryOne({ read, refusals }: Parser, text: string): 'read' | 'refused' {
  let outcome: 'read' | 'refused' = 'read';
  try {
    read(text);
  } catch (error) {
    if (!refusals.some((refusal) => error instanceof refusal)) throw error;
    outcome = 'refused';
  }
  if (untouched.some(({ one, names }) => Reflect.ownKeys(one).length !== names))
    throw new TypeError('It has changed what all objects have.');
  return outcome;
}
