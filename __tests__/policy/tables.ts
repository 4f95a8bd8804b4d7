/**
 * Tables of tags, as people read them: one line a tag, `tag | what is behind it | verdict | because`.
 *
 * Behind: `A 2026-03-01` an image and its date (`A` alone: described in another line, else undated), `I[A B]` an index
 * and its platforms, then `of X` (its subject), `attests X`, `from X` (its source), `unread` (its config), `opaque`, `placeholder`, `artifact`, `pushed 2026-03-01`, `seen 2026-03-01`;
 * `ghost`, `unreadable`. A line without a tag describes an untagged manifest.
 * Tag: `sig(A)` and `fallback(A)` are the attachment tags that name A.
 * Verdict: `keep`; `delete` the image goes too; `untag` the image is kept by something else; `clear` nothing is behind it.
 */
import { expect } from '@jest/globals';
import {
  attachmentSubject,
  parseDigest,
  parseInstant,
  parseOrigin,
  parseRepositoryName,
  parseTag,
  type Created,
  type Decision,
  type Digest,
  type Evidence,
  type Instant,
  type Manifest,
  type ReadManifest,
  type Snapshot,
  type Tag,
  type TagState,
} from '../../src/model/index.ts';
import { parseRepositoryPatterns, parseTagPatterns } from '../../src/pattern/index.ts';
import {
  decide,
  makeKeepTags,
  makeRule,
  parseDuration,
  type DecideInput,
  type Policy,
  type Rule,
} from '../../src/policy/index.ts';

function required<Value>(value: Value | undefined, text: string): Value {
  if (value === undefined) throw new Error(`Not legal in a test: ${text}`);
  return value;
}

/** `2026-03-01` or `2026-03-01T12:00:00Z`. */
export const instant = (text: string): Instant =>
  required(parseInstant(text.includes('T') ? text : `${text}T00:00:00Z`), text);
export const repository = required(parseRepositoryName('apps/web'), 'repository');
export const registry = required(parseOrigin('https://registry.example.com'), 'registry');
/** Every table's today. */
export const now = instant('2026-06-30');

/** A digest that shows the short name it was made of. */
export const digest = (name: string): Digest =>
  required(parseDigest(`sha256:${Buffer.from(name).toString('hex').padEnd(64, '0')}`), name);
const nameOf = (of: Digest): string => Buffer.from(of.slice(7), 'hex').toString().replace(/\0+$/, '');

export function tag(text: string): Tag {
  const attached = /^(sig|fallback)\((\w+)\)$/.exec(text);
  if (attached === null) return required(parseTag(text), text);
  const [, kind, subject = ''] = attached;
  return required(parseTag(digest(subject).replace(':', '-') + (kind === 'sig' ? '.sig' : '')), text);
}

function shown(of: Tag): string {
  const subject = attachmentSubject(of);
  if (subject === undefined) return of;
  return of.endsWith('.sig') ? `sig(${nameOf(subject)})` : `fallback(${nameOf(subject)})`;
}

export type RuleText = {
  readonly name?: string;
  readonly repositories?: readonly string[];
  readonly tags?: readonly string[];
  readonly keepLast?: number;
  readonly olderThan?: string;
  readonly keepLastLive?: number;
  readonly repo?: string;
};

const made = new Map<string, Rule>();

/** The same rule for the same text: properties ask for the same few thousands of times. */
export function rule(text: RuleText): Rule {
  const known = made.get(JSON.stringify(text)) ?? parse(text);
  made.set(JSON.stringify(text), known);
  return known;
}

function parse({ name = 'rule', repositories = ['**'], tags = ['*'], olderThan, ...rest }: RuleText): Rule {
  return makeRule({
    name,
    repositories: parseRepositoryPatterns(repositories),
    tags: parseTagPatterns(tags),
    olderThanSeconds: olderThan === undefined ? undefined : parseDuration(olderThan),
    ...rest,
  });
}

export function policy(
  rules: readonly RuleText[],
  { keepTags = [], dateSource = 'created' }: { keepTags?: readonly string[]; dateSource?: Policy['dateSource'] } = {},
): Policy {
  return { keepTags: makeKeepTags(keepTags), rules: rules.map(rule), dateSource };
}

export function manifest(name: string, parts: Partial<ReadManifest> = {}): ReadManifest {
  return {
    kind: 'image',
    digest: digest(name),
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    size: 1000,
    children: [],
    blobs: [],
    created: { kind: 'unknown', why: 'absent' },
    ...parts,
  };
}

export function snapshot(
  tags: Iterable<readonly [Tag, TagState]>,
  manifests: Iterable<Manifest>,
  referrers: Snapshot['referrers'] = new Map(),
): Snapshot {
  return {
    registry,
    repository,
    observedAt: now,
    via: 'api',
    tags: new Map(tags),
    manifests: new Map([...manifests].map((each) => [each.digest, each])),
    referrers,
    problems: [],
  };
}

type Row = { readonly tag: string; readonly behind: string; readonly verdict: string; readonly because: string };

function rowsOf(table: string): readonly Row[] {
  return table
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [tagText = '', behind = '', verdict = '', because = ''] = line.split('|').map((cell) => cell.trim());
      return { tag: tagText, behind, verdict, because };
    });
}

const behindGrammar =
  /^(?<name>\w+)(?:\[(?<children>[^\]]*)\])?(?: (?<date>\d\S*))?(?: of (?<subject>\w+))?(?: attests (?<attests>\w+))?(?: from (?<source>\S+))?(?: (?<unread>unread))?(?: (?<kind>opaque|placeholder|artifact))?(?: pushed (?<pushed>\S+))?(?: seen (?<seen>\S+))?$/;

function observe(rows: readonly Row[]): Snapshot {
  const manifests = new Map<Digest, Manifest>();
  const tags: [Tag, TagState][] = [];
  for (const { tag: tagText, behind } of rows) {
    if (behind === 'ghost') tags.push([tag(tagText), { kind: 'ghost' }]);
    else if (behind === 'unreadable') tags.push([tag(tagText), { kind: 'unreadable', why: 'not JSON' }]);
    else {
      const found: Readonly<Record<string, string | undefined>> = required(behindGrammar.exec(behind)?.groups, behind);
      const described = Object.keys(found).some(
        (part) => !['name', 'pushed', 'seen'].includes(part) && found[part] !== undefined,
      );
      const { name = '', children, date, subject, attests, source, unread, kind, pushed, seen } = found;
      const listed =
        children
          ?.split(' ')
          .filter((child) => child !== '')
          .map(digest) ?? [];
      const created: Created =
        date === undefined
          ? { kind: 'unknown', why: unread === undefined ? 'absent' : 'unreadable' }
          : { kind: 'known', at: instant(date), source: 'config' };
      if (kind === 'opaque')
        manifests.set(digest(name), { kind, digest: digest(name), mediaType: '', size: 1, why: 'too large' });
      else if (described || !manifests.has(digest(name)))
        manifests.set(
          digest(name),
          manifest(name, {
            kind: kind === 'placeholder' || kind === 'artifact' ? kind : children === undefined ? 'image' : 'index',
            children: listed,
            created,
            ...(subject !== undefined && { subject: digest(subject) }),
            ...(attests !== undefined && { attests: digest(attests) }),
            ...(source !== undefined && { source }),
          }),
        );
      if (tagText !== '')
        tags.push([
          tag(tagText),
          {
            kind: 'points',
            digest: digest(name),
            ...(pushed !== undefined && { pushedAt: instant(pushed) }),
            ...(seen !== undefined && { firstSeen: instant(seen) }),
          },
        ]);
    }
  }
  return snapshot(tags, manifests.values());
}

/** The evidence in a few words. */
export function say(evidence: Evidence): string {
  switch (evidence.kind) {
    case 'rank':
      return [
        `rank ${evidence.position} of ${evidence.of}`,
        ...(evidence.prerelease ? ['prereleases'] : []),
        ...(evidence.group.length > 0 ? [`in ${evidence.group.join('/')}`] : []),
      ].join(' ');
    case 'age':
      return `${Number((evidence.seconds / 86400).toFixed(5))}d old`;
    case 'undated':
      return `undated ${evidence.created.kind === 'unknown' ? evidence.created.why : evidence.created.at}`;
    case 'keep-tags':
      return `keep-tags ${evidence.pattern}`;
    case 'attachment':
      return `with ${nameOf(evidence.of)}`;
    case 'unreadable':
      return `unreadable: ${evidence.why}`;
    case 'pull-request':
      return `#${evidence.number} ${evidence.state}`;
    case 'branch':
      return evidence.liveAs === undefined ? `${evidence.text} gone` : `${evidence.text} lives as ${evidence.liveAs}`;
    case 'another-source':
      return `from ${evidence.source}`;
    case 'referenced':
      return `${evidence.file}:${evidence.line} ${evidence.as}`;
    case 'other-event':
      return `event: ${evidence.event}`;
    case 'no-rule':
    case 'ambiguous':
    case 'ghost':
    case 'placeholder':
    case 'untagged':
    case 'not-planned':
      return evidence.kind;
  }
}

function sayVerdict({ verdict, image }: Decision): string {
  if (verdict === 'keep') return 'keep';
  return { goes: 'delete', kept: 'untag', unknown: 'clear' }[image];
}

export type Around = Partial<Pick<DecideInput, 'claims' | 'focus' | 'references'>>;

/** Decides what the table shows, and expects its verdicts and reasons. */
export function expectVerdicts(by: Policy, table: string, around: Around = {}): void {
  const rows = rowsOf(table);
  const decisions = decideTable(by, table, around);
  const said = new Map(
    decisions.map((each) => [shown(each.tag), `${sayVerdict(each)} | ${each.because.map(say).join(' + ')}`]),
  );
  const tagged = rows.filter((row) => row.tag !== '');
  expect(tagged.map((row) => `${row.tag} | ${row.behind} | ${said.get(row.tag) ?? 'not decided'}`)).toEqual(
    tagged.map((row) => `${row.tag} | ${row.behind} | ${row.verdict} | ${row.because}`),
  );
  expect(decisions.map((each) => each.tag)).toEqual(tagged.map((row) => tag(row.tag)).sort());
}

export function decideTable(by: Policy, table: string, around: Around = {}): readonly Decision[] {
  return decide({ policy: by, snapshot: observe(rowsOf(table)), claims: [], now, ...around });
}
