/**
 * What a run that was killed and its rerun leave, against what an undisturbed run left. They may differ in what no later run
 * can tell from what somebody keeps there on purpose, and in nothing else:
 *
 * - manifests that no tag leads to: nothing shows them any more but the storage, which `delete-untagged` reads;
 * - tags that attach something to an image which this run had deleted, or whose last tag it had taken: it may as well be
 *   the signature of an image that is kept elsewhere, so nothing is attached to nothing for a run that doesn't know the plan.
 *
 * All of it must stand in the plan of the killed run, and in its journal with the bytes that it had: these two finish it.
 */
import { z } from 'zod';
import { isPlaceholder, isSame, missingIn, type State } from './state.ts';

export type Left = {
  readonly manifests: readonly string[];
  readonly attachments: readonly string[];
};

/** What the killed run wrote down of one repository. */
export type WrittenDown = {
  readonly plannedTags: ReadonlySet<string>;
  readonly plannedManifests: ReadonlySet<string>;
  /** By digest. */
  readonly journal: ReadonlyMap<string, { readonly bytes: Buffer; readonly tags: readonly string[] }>;
};

const planSchema = z.object({
  repositories: z.array(
    z.object({
      repository: z.string(),
      tags: z.array(z.object({ tag: z.string() })),
      manifests: z.array(z.object({ digest: z.string() })),
    }),
  ),
});
const lineSchema = z.object({
  repository: z.string(),
  digest: z.string(),
  bytesBase64: z.string(),
  tags: z.array(z.string()),
});

/** Nothing, where it was killed before it had written any. */
export function writtenDown(repository: string, plan: string | undefined, journal: string | undefined): WrittenDown {
  const planned = plan === undefined ? [] : planSchema.parse(JSON.parse(plan)).repositories;
  const own = planned.find((each) => each.repository === repository);
  const lines = wholeLines(journal).map((line) => lineSchema.parse(JSON.parse(line)));
  return {
    plannedTags: new Set(own?.tags.map(({ tag }) => tag)),
    plannedManifests: new Set(own?.manifests.map(({ digest }) => digest)),
    journal: new Map(
      lines
        .filter((line) => line.repository === repository)
        .map(({ digest, bytesBase64, tags }) => [digest, { bytes: Buffer.from(bytesBase64, 'base64'), tags }]),
    ),
  };
}

/** Those that end with a line break. */
export function wholeLines(journal = ''): readonly string[] {
  return journal.split('\n').slice(0, -1);
}

export type Ends = {
  readonly start: State;
  /** After an undisturbed run. */
  readonly wanted: State;
  readonly now: State;
};

/** Pushes onto `problems` whatever can't be explained. */
export function explainLeft({ start, wanted, now }: Ends, written: WrittenDown, problems: string[]): Left {
  problems.push(...missingIn(now, wanted));
  const manifests = [...now.manifests.keys()].filter((digest) => !wanted.manifests.has(digest));
  for (const digest of manifests) {
    const before = start.manifests.get(digest);
    const line = written.journal.get(digest);
    if (before === undefined) problems.push(`${digest} is there, and was not before`);
    else if (!isSame(now.manifests.get(digest), before)) problems.push(`${digest} is left and is another`);
    else if (!written.plannedManifests.has(digest)) problems.push(`${digest} is left and was not in the killed plan`);
    else if (line?.bytes.equals(before.bytes) !== true)
      problems.push(`${digest} is left and not in the killed journal`);
  }
  const tags = [...now.tags].filter(([tag]) => !wanted.tags.has(tag));
  for (const [tag, served] of tags) {
    const subject = subjectOf(tag)?.replace('-', ':');
    const line = written.journal.get(served?.digest ?? '');
    const isTagged = [...now.tags.values()].some((each) => each?.digest === subject);
    if (subject === undefined) problems.push(`${tag} is left`);
    else if (!isSame(served, start.tags.get(tag))) problems.push(`${tag} is left and is another`);
    else if (isTagged || !written.plannedManifests.has(subject)) problems.push(`${tag} is left, and so is its image`);
    else if (!written.plannedTags.has(tag)) problems.push(`${tag} is left and was not in the killed plan`);
    else if (line?.tags.includes(tag) !== true) problems.push(`${tag} is left and not in the killed journal`);
  }
  // Whatever was put over a tag is gone with it.
  for (const digest of now.linked.keys())
    if (!start.linked.has(digest)) problems.push(`${digest} is in the storage, and was not before`);
  return { manifests, attachments: tags.map(([tag]) => tag) };
}

/** By the name of a tag, with a dash in it. */
const subjectOf = (tag: string): string | undefined => /^sha256-[0-9a-f]{64}(?=$|\.(?:sig|att|sbom)$)/.exec(tag)?.[0];

/** Everything that is wanted is there, byte for byte, and nothing else but placeholders that no tag leads to. */
export function unlike(now: State, wanted: State): readonly string[] {
  const tags = [...now.tags.keys()].filter((tag) => !wanted.tags.has(tag));
  const linked = [...now.linked].filter(([digest, text]) => !wanted.linked.has(digest) && !isPlaceholder(text));
  return [
    ...missingIn(now, wanted),
    ...tags.map((tag) => `${tag} is there, and should not be`),
    ...linked.map(([digest]) => `${digest} is there, and should not be`),
  ];
}
