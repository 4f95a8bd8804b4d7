/** What README and docs/policy.md say of tags is what the program decides: their tables of verdicts. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { loadConfig } from '../src/config/index.ts';
import {
  mediaTypes,
  parseDigest,
  parseInstant,
  parseOrigin,
  parseRepositoryName,
  parseTag,
  type Claim,
  type Digest,
  type Instant,
  type ReadManifest,
  type Snapshot,
  type Tag,
} from '../src/model/index.ts';
import { decide, type Policy } from '../src/policy/index.ts';
import { explain } from '../src/report/index.ts';

const root = join(import.meta.dirname, '..');
const file = join(root, 'README.md');
const readme = readFileSync(file, 'utf8');
const policyFile = join(root, 'docs/policy.md');
const policyPage = readFileSync(policyFile, 'utf8');

function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('Not legal in a test.');
  return value;
}

const now = required(parseInstant('2026-11-22T12:00:00Z'));
const daysAgo = (days: number): Instant => required(parseInstant(new Date(Date.parse(now) - days * 86_400_000)));
const digestOf = (name: string): Digest =>
  required(parseDigest(`sha256:${Buffer.from(name).toString('hex').padEnd(64, '0')}`));

/** Tag, what the reader is told of its image, and the image with its date. */
type Image = { readonly tags: readonly string[]; readonly about: string; readonly created?: Instant };
const images: readonly Image[] = [
  { tags: ['v2.10.0', 'latest'], about: '3 days old', created: daysAgo(3) },
  { tags: ['v2.9.1'], about: '20 days old', created: daysAgo(20) },
  { tags: ['v2.9.0', 'stable'], about: '40 days old', created: daysAgo(40) },
  { tags: ['v2.4.0'], about: '90 days old, signed', created: daysAgo(90) },
  { tags: ['v2.3.0', 'production'], about: '120 days old', created: daysAgo(120) },
  { tags: ['v1.10.9'], about: 'a fix of an old line, 12 days old', created: daysAgo(12) },
  { tags: ['v1.0.0'], about: '3 years old', created: daysAgo(3 * 365) },
  { tags: ['v0.9.0'], about: 'a reproducible build: 1970' },
  { tags: ['v2.11.0-rc.1'], about: '60 days old', created: daysAgo(60) },
  { tags: ['edge'], about: '200 days old', created: daysAgo(200) },
];

function snapshot(of: readonly Image[]): Snapshot {
  const tags = new Map<Tag, { kind: 'points'; digest: Digest }>();
  const manifests = new Map<Digest, ReadManifest>();
  const add = (name: string, names: readonly string[], manifest: Partial<ReadManifest>): void => {
    const digest = digestOf(name);
    for (const text of names) tags.set(required(parseTag(text)), { kind: 'points', digest });
    manifests.set(digest, {
      digest,
      mediaType: mediaTypes.ociManifest,
      size: 1000,
      kind: 'image',
      children: [],
      blobs: [],
      created: { kind: 'unknown', why: 'before-2000' },
      ...manifest,
    });
  };
  for (const { tags: names, created } of of)
    add(
      names[0] ?? '',
      names,
      created === undefined ? {} : { created: { kind: 'known', at: created, source: 'config' } },
    );
  add('signature', [signatureTag], { kind: 'artifact' });
  return {
    registry: required(parseOrigin('https://registry.example.com')),
    repository: required(parseRepositoryName('apps/web')),
    observedAt: now,
    via: 'api',
    tags,
    manifests,
    referrers: new Map(),
    problems: [],
  };
}

const signatureTag = `${digestOf('v2.4.0').replace(':', '-')}.sig`;

test('the table of verdicts', () => {
  const rule = parse(blockAfter('The rule')) as Readonly<Record<string, string | number>>;
  const given: typeof rule = { registry: 'registry.example.com', repositories: 'apps/web', ...rule };
  const inputs = Object.entries(given);
  const { policy } = loadConfig(new Map(inputs.map(([key, value]) => [key, String(value)])), () => '');
  const decisions = decide({ policy, snapshot: snapshot(images), claims: [], now });
  const rows = [
    ...images.flatMap(({ tags, about }) => tags.map((tag) => ({ tag, about }))),
    { tag: signatureTag, about: 'the signature of v2.4.0' },
  ];
  const table = rows.map(({ tag, about }) => {
    const decision = required(decisions.find((each) => each.tag === tag));
    const shown = tag === signatureTag ? 'sha256-….sig' : tag;
    const verdict = decision.verdict === 'keep' ? 'kept' : '**deleted**';
    return `| \`${shown}\` | ${about} | ${verdict} | ${explain(decision)
      .replace(/sha256:\w+…?/, 'its digest')
      .replaceAll('|', '\\|')} |`;
  });
  expectVerdicts(file, table);
});

test('the policies load, and decide what docs/policy.md says of its own', () => {
  const [inReadme = '', inPage = ''] = [readme, policyPage].map((page) =>
    required(yamlBlocks(page).find((block) => block.includes('version: 1'))),
  );
  expect(loadPolicy(inReadme).rules.length).toBeGreaterThan(1);
  const rows = [...policyPage.matchAll(/^\| `([^`]+)` +\| ((\d+) days? old) +\|/gm)].map(
    ([, tag = '', about = '', days = '']) => ({ tag, about, created: daysAgo(Number(days)) }),
  );
  const repo = 'acme/apps';
  const pullRequest = { kind: 'pull-request', repo, by: 'api' } as const;
  const branch = { kind: 'branch', repo } as const;
  const claims: readonly Claim[] = [
    { ...pullRequest, number: 41, state: 'closed' },
    { ...pullRequest, number: 42, state: 'open' },
    { ...pullRequest, number: 7, state: 'not-found' },
    { ...branch, text: 'main', liveAs: 'main' },
    { ...branch, text: 'feature-login-page', liveAs: 'feature/Login-Page' },
    { ...branch, text: 'fix-typo' },
  ];
  const decisions = decide({
    policy: loadPolicy(inPage),
    snapshot: snapshot(rows.map(({ tag, ...row }) => ({ tags: [tag], ...row }))),
    claims,
    now,
  });
  const table = rows.map(({ tag, about }) => {
    const decision = required(decisions.find((each) => each.tag === tag));
    return `| \`${tag}\` | ${about} | ${decision.verdict === 'keep' ? 'kept' : '**deleted**'} | ${explain(decision)} |`;
  });
  expectVerdicts(policyFile, table);
});

/** What GitHub gives a step that doesn't say otherwise. */
const givenByGitHub = [
  ['github-token', 'a-token'],
  ['github-repository', 'acme/apps'],
] as const;

function loadPolicy(policy: string): Policy {
  const inputs = [['registry', 'registry.example.com'], ['policy', policy], ...givenByGitHub] as const;
  return loadConfig(new Map(inputs), () => '').policy;
}

function yamlBlocks(page: string): readonly string[] {
  return [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);
}

function expectVerdicts(path: string, table: readonly string[]): void {
  const expected = ['', '| Tag | Its image | Verdict | Because |', '| --- | --- | --- | --- |', ...table, ''];
  const [before = '', rest = ''] = readFileSync(path, 'utf8').split('<!-- verdicts:begin -->');
  const [found = '', after = ''] = rest.split('<!-- verdicts:end -->');
  if (process.env.UPDATE_SCENARIOS === '1')
    writeFileSync(path, `${before}<!-- verdicts:begin -->\n${expected.join('\n')}\n<!-- verdicts:end -->${after}`);
  // Prettier aligns the columns of what stands on the page.
  const plain = (text: string): string => text.replace(/ +/g, ' ').replace(/-{3,}/g, '---').trim();
  expect(plain(found)).toBe(plain(expected.join('\n')));
}

function blockAfter(words: string): string {
  return /```yaml\n([\s\S]*?)```/.exec(readme.slice(readme.indexOf(words)))?.[1] ?? '';
}
