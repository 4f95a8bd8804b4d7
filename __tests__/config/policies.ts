/** Policies that are right, each with what is made of its rules: what reads them and the schema are held to the same. */

export type Example = {
  readonly about: string;
  readonly text: string;
  /** Name, repositories, tags, keep-last, and what else there is. */
  readonly rules: readonly Readonly<Record<string, unknown>>[];
  readonly keepTags?: readonly string[];
};

const day = 86_400;

export const examples: readonly Example[] = [
  {
    about: 'previews, releases and the rest',
    text: `version: 1
keep-tags:
  - stable
rules:
  - name: previews of closed pull requests
    repositories: ["apps/**"]
    github-repository: acme/web
    tags: ["pr-{pr}", "pr-{pr}-*"]
  - name: releases
    repositories: ["apps/**"]
    tags: ["v{version}"]
    keep-last: 20
  - name: everything else
    repositories: ["**"]
    tags: ["*"]
    keep-last: 10
    older-than: 30d
`,
    keepTags: ['latest', 'stable'],
    rules: [
      { name: 'previews of closed pull requests', tags: ['pr-{pr}', 'pr-{pr}-*'], keepLast: 0, repo: 'acme/web' },
      { name: 'releases', repositories: ['apps/**'], tags: ['v{version}'], keepLast: 20 },
      { name: 'everything else', repositories: ['**'], tags: ['*'], keepLast: 10, olderThanSeconds: 30 * day },
    ],
  },
  {
    about: 'the least',
    text: 'version: 1\nrules:\n- repositories: app\n  keep-last: 0',
    rules: [{ name: 'rule 1', repositories: ['app'], tags: ['*'], keepLast: 0 }],
  },
  {
    about: 'text where a list may stand, as in an input',
    text: `version: '1'
keep-tags: stable, edge
rules:
  - repositories: |
      apps/**
      !apps/base
    tags: build-{number}, release-{number}
    older-than: P30D
`,
    keepTags: ['latest', 'stable', 'edge'],
    rules: [
      {
        repositories: ['apps/**', '!apps/base'],
        tags: ['build-{number}', 'release-{number}'],
        keepLast: 1,
        olderThanSeconds: 30 * day,
      },
    ],
  },
  {
    about: 'scalars as text: what YAML makes numbers, dates and booleans of',
    text: `version: 1
keep-tags: [1.10, 0x10, 1e3, yes, false, 2026-11-22, 007]
rules:
  - name: 1.10
    repositories: [true, 1]
    tags: 1.10
    keep-last: '3'
`,
    keepTags: ['latest', '1.10', '0x10', '1e3', 'yes', 'false', '2026-11-22', '007'],
    rules: [{ name: '1.10', repositories: ['true', '1'], tags: ['1.10'], keepLast: 3 }],
  },
  {
    about: 'all of it in braces',
    text: '{version: 1, keep-tags: [], rules: [{repositories: [a], tags: ["v{version}"], keep-last: 1}]}',
    rules: [{ name: 'rule 1', tags: ['v{version}'] }],
  },
  {
    about: 'comments, a document mark, quoted keys, Windows line ends and a byte order mark',
    text: '\uFEFF# A comment.\r\n---\r\n"version": 1 # the format\r\n\'rules\':\r\n  - repositories: "a"\r\n    keep-last: 1\r\n...\r\n',
    rules: [{ repositories: ['a'] }],
  },
  {
    about: 'branches, bounded while they live',
    text: `version: 1
keep-tags: ["!latest"]
rules:
  - repositories: app
    tags: ["{branch}-{sha}"]
    keep-last-live: 5
    older-than: 1d12h
  - repositories: app
    github-repository: acme/other
    keep-last: 2
`,
    keepTags: ['!latest'],
    rules: [
      { name: 'rule 1', keepLast: 0, keepLastLive: 5, olderThanSeconds: 1.5 * day, repo: 'acme/apps' },
      { name: 'rule 2', repo: 'acme/other' },
    ],
  },
];
