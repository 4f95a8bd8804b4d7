/** Random rules, and which tags they govern, told without the program's own pattern language. */
import type { Random } from '../../sandbox/random.ts';

export type Rules = {
  readonly inputs: Readonly<Record<string, string>>;
  readonly governs: (tag: string) => boolean;
  /** The images with the highest numbers that must survive, where tags are ranked by a number. */
  readonly newest?: { readonly keepLast: number; readonly numberOf: (tag: string) => number | undefined };
};

type Shape = {
  readonly tags: string;
  readonly governs: RegExp;
  readonly except?: RegExp;
  readonly numbered?: RegExp;
};

const shapes: readonly [Shape, ...Shape[]] = [
  { tags: 'build-{number}', governs: /^build-\d+$/, numbered: /^build-(\d+)$/ },
  { tags: 'build-{number}\n!build-7', governs: /^build-\d+$/, except: /^build-7$/, numbered: /^build-(\d+)$/ },
  { tags: 'v{version}', governs: /^v\d/ },
  { tags: 'snap-*', governs: /^snap-/ },
  { tags: 'snap-*\nbuild-*', governs: /^(?:snap|build)-/ },
  { tags: '*', governs: /./ },
  { tags: '*', governs: /./ },
  { tags: '*\n!v*', governs: /./, except: /^v/ },
];
const attachment = /^sha256-[0-9a-f]{64}(?:\.(?:sig|att|sbom))?$/;

export function makeRules(random: Random): Rules {
  const shape = random.pick(shapes);
  const keepLatest = random.chance(0.8);
  const keepStable = random.chance(0.7);
  const keepTags = [...(keepLatest ? [] : ['!latest']), ...(keepStable ? ['stable'] : [])];
  const kept = new Set([...(keepLatest ? ['latest'] : []), ...(keepStable ? ['stable'] : [])]);
  const keepLast = random.chance(0.85) ? random.between(0, 3) : undefined;
  const olderThan = keepLast === undefined || random.chance(0.15) ? random.pick(['1d', '10d', 'P30D']) : undefined;
  const { numbered } = shape;
  const governs = (tag: string): boolean =>
    shape.governs.test(tag) && shape.except?.test(tag) !== true && !kept.has(tag) && !attachment.test(tag);
  return {
    inputs: {
      tags: shape.tags,
      ...(keepTags.length === 0 ? {} : { 'keep-tags': keepTags.join('\n') }),
      ...(keepLast === undefined ? {} : { 'keep-last': String(keepLast) }),
      ...(olderThan === undefined ? {} : { 'older-than': olderThan }),
    },
    governs,
    ...(numbered !== undefined && {
      newest: {
        keepLast: keepLast ?? 1,
        numberOf: (tag: string) => (governs(tag) ? Number(numbered.exec(tag)?.[1]) : undefined),
      },
    }),
  };
}
