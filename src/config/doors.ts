/** The doors: which of the inputs and outputs each has. Their action.yml files are made from this. */
import type { InputDefinition } from './definition.ts';
import { inputDefinitions, inputsByName } from './inputs.ts';
import type { InputName } from './inputs.ts';
import { outputDefinitions } from './outputs.ts';
import type { OutputName } from './outputs.ts';

/** `Name`: the inputs that it has; a `Door` alone is any of them. */
export type Door<Name extends InputName = never> = {
  /** Path of its action.yml, from the root of the project. */
  readonly action: string;
  /** What a workflow writes behind `uses:`. */
  readonly uses: string;
  readonly name: string;
  readonly description: string;
  readonly icon: string;
  /** The file that node starts, in dist. `src/index.ts` knows the door by its name. */
  readonly main: string;
  /** In the order in which they are shown. */
  readonly inputs: Readonly<Record<Name, InputDefinition>>;
  readonly outputs: readonly OutputName[];
};

/** What only other doors have. */
type ForeignInput = 'plan-file' | 'journal-file';
const foreignInputs: readonly InputName[] = ['plan-file', 'journal-file'] satisfies readonly ForeignInput[];
const foreignOutputs: readonly OutputName[] = ['restored-tag-count', 'restored-manifest-count'];

/** The name of an input of the main door. */
export type PruneInputName = Exclude<InputName, ForeignInput>;

const isOfPrune = (name: InputName): name is PruneInputName => !foreignInputs.includes(name);

const pruneDoor: Door<PruneInputName> = {
  action: 'action.yml',
  uses: 'OWNER/registry-prune@v1',
  name: 'registry-prune',
  description: 'Deletes the stale tags of a private container registry, and nothing else.',
  icon: 'scissors',
  main: 'index.js',
  inputs: only(inputDefinitions.map(({ name }) => name).filter(isOfPrune)),
  outputs: outputDefinitions.map(({ name }) => name).filter((name) => !foreignOutputs.includes(name)),
};

/** What every door has that asks a registry: see `readAccess`. */
const accountNames = ['registry', 'username', 'password', 'ca-certificate', 'tls-verify'] as const;
/** The way to the registry's host: see `readHost`. */
const sshNames = ['ssh-host', 'ssh-key', 'ssh-key-passphrase', 'ssh-known-hosts'] as const;

const gcNames = [
  ...accountNames,
  'repositories',
  'keep-referenced-in',
  'registry-aliases',
  'dry-run',
  'max-deletions',
  'delete-untagged',
  'untagged-grace',
  'garbage-collect',
  'registry-service',
  'registry-config',
  'remove-empty-repositories',
  ...sshNames,
  'concurrency',
  'cache-file',
] as const satisfies readonly InputName[];

/** The name of an input of the door that only collects. */
export type GcInputName = (typeof gcNames)[number];

const gcDoor: Door<GcInputName> = {
  action: 'gc/action.yml',
  uses: 'OWNER/registry-prune/gc@v1',
  name: 'registry-prune: garbage collection',
  description: 'Frees the disk of a private container registry, and proves that everything tagged still pulls.',
  icon: 'hard-drive',
  main: 'gc.js',
  inputs: {
    ...only(gcNames),
    repositories: {
      name: 'repositories',
      type: 'list',
      default: '**',
      description:
        'Whose untagged manifests may go, and whose tags are proven afterwards: names or globs, one a line or comma-separated. `*` stays within one part of the path, `**` goes across; `!` in front excludes. The disk is freed for the whole registry, whatever stands here.',
      example: inputsByName.repositories.example,
    },
    'garbage-collect': {
      ...inputsByName['garbage-collect'],
      type: ['offline', 'online', 'true'],
      default: 'offline',
    },
  },
  outputs: ['deleted-manifest-count', 'reclaimed-bytes', 'plan-file', 'journal-file', 'report-file'],
};

const applyNames = [
  'plan-file',
  'journal-file',
  ...accountNames,
  'repositories',
  'tags',
  'keep-tags',
  'keep-last',
  'older-than',
  'policy',
  'date-source',
  'keep-referenced-in',
  'registry-aliases',
  'github-token',
  'github-repository',
  'dry-run',
  'max-deletions',
  'garbage-collect',
  'registry-service',
  'registry-config',
  ...sshNames,
  'concurrency',
  'cache-file',
] as const satisfies readonly InputName[];

/** The name of an input of the door that carries out a plan. */
export type ApplyInputName = (typeof applyNames)[number];

const applyDoor: Door<ApplyInputName> = {
  action: 'apply/action.yml',
  uses: 'OWNER/registry-prune/apply@v1',
  name: 'registry-prune: apply',
  description: 'Carries out the plan of a dry run: what is still true of it, and never anything more.',
  icon: 'check-square',
  main: 'apply.js',
  inputs: {
    ...only(applyNames),
    'journal-file': {
      name: 'journal-file',
      description:
        'Finishes a run that was killed: the journal that it wrote while it carried out this plan, a path. What that run took away holds nothing of the plan back, so that exactly the rest of it goes. It is only read; what this run deletes is in a journal of its own (the output).',
      example: 'plan-file: plan.json\njournal-file: journal.jsonl',
    },
    policy: {
      ...inputsByName.policy,
      description:
        'Only a check, as `repositories`, `tags`, `keep-tags`, `keep-last`, `older-than` and `date-source` are here: where rules are given, they must be the ones that made the plan, all of them, or it is refused. The path of a YAML file, or its text.',
    },
    'max-deletions': {
      ...inputsByName['max-deletions'],
      description:
        'The most tags and untagged manifests that may go: a number, or a percentage of the tags that the repositories of the plan have now. If more than that is left of the plan, it is refused as a whole, before anything is deleted.',
    },
  },
  outputs: outputDefinitions
    .map(({ name }) => name)
    .filter((name) => name !== 'matrix' && !foreignOutputs.includes(name)),
};

const restoreNames = [
  'journal-file',
  ...accountNames,
  'dry-run',
  'concurrency',
] as const satisfies readonly InputName[];

/** The name of an input of the door that puts back. */
export type RestoreInputName = (typeof restoreNames)[number];

const restoreDoor: Door<RestoreInputName> = {
  action: 'restore/action.yml',
  uses: 'OWNER/registry-prune/restore@v1',
  name: 'registry-prune: restore',
  description: 'Puts back what a run of registry-prune deleted, from the journal of that run.',
  icon: 'rotate-ccw',
  main: 'restore.js',
  inputs: only(restoreNames),
  outputs: ['restored-tag-count', 'restored-manifest-count', 'report-file'],
};

export const doors = { prune: pruneDoor, gc: gcDoor, apply: applyDoor, restore: restoreDoor } as const;

const lsNames = [...accountNames, 'repositories', 'concurrency'] as const satisfies readonly InputName[];

/** The name of an input of the command that only lists. */
export type LsInputName = (typeof lsNames)[number];

/** Only the command line has it: a list is nothing for a job's page. */
export const lsDoor: Pick<Door<LsInputName>, 'uses' | 'description' | 'inputs'> = {
  uses: 'registry-prune ls',
  description: 'Lists repositories and tags with their age, size, digest and platforms. Changes nothing.',
  inputs: {
    ...only(lsNames),
    repositories: {
      name: 'repositories',
      type: 'list',
      default: '**',
      description:
        'Which repositories are listed: names or globs, one a line or comma-separated. `*` stays within one part of the path, `**` goes across; `!` in front excludes.',
      example: inputsByName.repositories.example,
    },
  },
};

/** Those of a door, in the order in which they are shown. */
export function inputsOf(door: Pick<Door, 'inputs'>): readonly InputDefinition[] {
  return Object.values(door.inputs);
}

function only<Name extends InputName>(names: readonly Name[]): Readonly<Record<Name, InputDefinition>> {
  return Object.fromEntries(names.map((name) => [name, inputsByName[name]])) as Record<Name, InputDefinition>;
}
