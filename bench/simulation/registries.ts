/**
 * What a request costs on several kinds of registries. PURE. Deletions are the program's own cost model (src/plan/cost.ts);
 * reads on a disk are measured by `npm run simulate -- --measure`; object storage is assumed, and says so.
 */
import { costOfDigests, costOfTagsFirst, coverBatch } from '../../src/plan/cost.ts';
import type { Abilities, Kind } from './requests.ts';

export type RegistryKind = {
  readonly name: string;
  readonly can: Abilities;
  /** One after the other, with as many under way as it likes, it answers one in so many milliseconds: what it has to give. */
  readonly busyMs: (kind: Kind, links: number) => number;
  /** Milliseconds until it answers one that comes alone, without the way there and back. */
  readonly answerMs: (kind: Kind, links: number) => number;
  /** A token service in front: for how long a token is good. */
  readonly tokenSeconds?: number;
  /** GETs of manifests in an hour, whoever sends them. */
  readonly pullsPerHour?: number;
};

const distribution2: Abilities = { byTag: false, referrers: false, pages: false };
const distribution3: Abilities = { byTag: true, referrers: false, pages: true };

/** Cores of the machine that cost.ts was measured on, and that the disk's rows assume. */
export const cores = 2;

/**
 * Milliseconds of one core: `npm run simulate -- --measure`, 2.8.2 and 3.1.1, rounded. A list costs by the names in it. What is not
 * named is rare.
 */
type Reads = Readonly<Record<'manifest' | 'blob' | 'listedTag' | 'other', number>>;
const reads2: Reads = { manifest: 2, blob: 4, listedTag: 0.006, other: 2 };
const reads3: Reads = { manifest: 0.7, blob: 2.6, listedTag: 0.006, other: 2 };

function deleteDigestMs(links: number): number {
  return costOfDigests({ tagsSeen: links, manifests: 1, along: 0, alone: 0, by: 'tag' });
}

const deleteTagMs = costOfTagsFirst({ tagsSeen: 1, manifests: 0, along: 0, alone: 1, by: 'tag' });

/** What a batch of covered tags costs without its DELETE by digest. */
const coverTagMs =
  (costOfTagsFirst({ tagsSeen: coverBatch, manifests: 0, along: 0, alone: coverBatch, by: 'placeholder' }) -
    deleteDigestMs(coverBatch / 2)) /
  coverBatch;

function onDisk(kind: Kind, links: number, reads: Reads): number {
  if (kind === 'DELETE digest') return deleteDigestMs(links);
  if (kind === 'DELETE tag') return deleteTagMs;
  if (kind === 'PUT manifest') return coverTagMs;
  if (kind === 'GET tags') return (reads.other + links * reads.listedTag) / cores;
  if (kind === 'GET manifest' || kind === 'HEAD manifest') return reads.manifest / cores;
  return (kind === 'GET blob' ? reads.blob : reads.other) / cores;
}

/** A call of object storage; small objects take "roughly 100-200 milliseconds" at worst (Amazon S3, performance guidelines). */
export const storageCallMs = 30;
/** Reads in a second that one prefix takes (Amazon S3, performance guidelines). */
export const storageCallsPerSecond = 5_500;
/** distribution 3.1 reads tags' links side by side, as many as it has cores (`storage.tag.concurrencylimit`, #4329). */
const linksAtOnce = cores;
/** Calls that follow on each other. Assumed: link, link, stat, data of a manifest; three keys of each tag in a list. */
const storageCalls: Partial<Record<Kind, number>> = {
  'HEAD manifest': 4,
  'GET manifest': 4,
  'GET blob': 2,
  'DELETE tag': 2,
  'PUT manifest': 6,
};
const otherCalls = 3;

function callsOf(kind: Kind, links: number): { readonly chain: number; readonly all: number } {
  if (kind === 'GET tags') {
    const chain = 1 + Math.ceil((3 * links) / 1_000);
    return { chain, all: chain };
  }
  if (kind !== 'DELETE digest') {
    const chain = storageCalls[kind] ?? otherCalls;
    return { chain, all: chain };
  }
  const lists = 2 + Math.ceil((3 * links) / 1_000);
  return { chain: lists + links / linksAtOnce, all: lists + links };
}

const disk = (name: string, can: Abilities, reads: Reads): RegistryKind => ({
  name,
  can,
  busyMs: (kind, links) => onDisk(kind, links, reads),
  // One request is worked at by one core.
  answerMs: (kind, links) => onDisk(kind, links, reads) * cores,
});

export const disk2 = disk('distribution 2.8, disk', distribution2, reads2);
export const disk3 = disk('distribution 3.1, disk', distribution3, reads3);
export const disk3WithTokens: RegistryKind = { ...disk3, name: 'the same behind a token service', tokenSeconds: 60 };
export const objects3: RegistryKind = {
  name: 'distribution 3.1, S3',
  can: distribution3,
  busyMs: (kind, links) => Math.max((1_000 * callsOf(kind, links).all) / storageCallsPerSecond, disk3.busyMs(kind, 0)),
  answerMs: (kind, links) => storageCallMs * callsOf(kind, links).chain + disk3.answerMs(kind, 0),
};
/** A registry that counts pulls: Docker Hub's Personal plan, 200 in 6 hours. Its own speed is nobody's to know. */
export const limited: RegistryKind = {
  name: '200 pulls in 6 h (Docker Hub, Personal)',
  can: distribution3,
  busyMs: () => 0,
  answerMs: () => 100,
  tokenSeconds: 300,
  pullsPerHour: 200 / 6,
};
