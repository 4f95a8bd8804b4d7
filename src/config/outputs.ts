/** The one definition of the outputs: action.yml and the README's table are made from it. */
import type { OutputDefinition } from './definition.ts';

/** In the order in which they are shown. */
export const outputDefinitions = [
  { name: 'stale-tags', description: 'The tags that the plan names: a JSON array of `repository:tag`.' },
  {
    name: 'deleted-tags',
    description: 'The tags that were really deleted, as a JSON array of `repository:tag`. `[]` on a dry run.',
  },
  {
    name: 'tags-truncated',
    type: 'boolean',
    description:
      '`true` where one of the two arrays was cut at 256 KiB, as GitHub bounds the outputs of a job. The report file has all.',
  },
  { name: 'deleted-tag-count', type: 'integer', description: 'How many tags were deleted.' },
  {
    name: 'deleted-manifest-count',
    type: 'integer',
    description: 'How many manifests were deleted, untagged ones among them.',
  },
  { name: 'kept-tag-count', type: 'integer', description: 'How many tags of the repositories looked at were kept.' },
  {
    name: 'reclaimable-bytes',
    type: 'integer',
    description:
      "Bytes that the registry's garbage collection can free once the plan is carried out; a lower bound where something could not be read.",
  },
  {
    name: 'reclaimed-bytes',
    description:
      "Bytes that the garbage collection freed on the registry's disk. Empty where there was none, and where the storage doesn't tell.",
  },
  {
    name: 'matrix',
    description:
      'For the `strategy.matrix` of jobs that share this work: `{"shard":["1/8",…,"8/8"]}`, some 20,000 tags for each, at most 256, one where nothing was seen. Empty in a run with `shard`.',
  },
  { name: 'restored-tag-count', type: 'integer', description: 'How many tags a restore has put back.' },
  {
    name: 'restored-manifest-count',
    type: 'integer',
    description: 'How many manifests a restore has put back, those behind its tags among them.',
  },
  { name: 'plan-file', description: 'Path of the plan (JSON): what goes, and the reason of each.' },
  {
    name: 'journal-file',
    description:
      'Path of the journal (JSON lines): what it takes to undo each deletion. Empty where nothing was to be deleted.',
  },
  { name: 'report-file', description: 'Path of the report (JSON): everything that the job summary says, uncut.' },
] as const satisfies readonly OutputDefinition[];

/** The name of an output. */
export type OutputName = (typeof outputDefinitions)[number]['name'];
