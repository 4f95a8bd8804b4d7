/** The commands of the command line and the options of each (pure): the inputs of its door, and what only a desk has. */
import { doors, inputsOf, lsDoor, type InputDefinition } from '../config/index.ts';

export const commandNames = ['prune', 'plan', 'apply', 'restore', 'gc', 'ls'] as const;
export type CommandName = (typeof commandNames)[number];

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** An option that is no input of a door. */
export type OwnOption = {
  readonly name: 'yes' | 'out' | 'live-refs' | 'json' | 'password-stdin' | 'help' | 'version';
  readonly short?: string;
  /** What stands behind it; absent for a switch. */
  readonly value?: string;
  /** Markdown; one paragraph. */
  readonly description: string;
  /** Of which commands it is one. */
  readonly of: readonly CommandName[];
};

const deleting: readonly CommandName[] = ['prune', 'apply', 'gc'];

/** In the order in which they are shown. */
export const ownOptions: readonly OwnOption[] = [
  {
    name: 'yes',
    short: 'y',
    description:
      'Deletes without asking. On a terminal the question comes with the counts, before the first deletion; elsewhere nobody can answer it, so `--yes` (or `--dry-run`) is needed.',
    of: deleting,
  },
  {
    name: 'out',
    value: 'FILE',
    description: 'Where the plan is written to; without it a file of its own in the temporary directory.',
    of: ['plan'],
  },
  {
    name: 'live-refs',
    value: 'FILE',
    description:
      'What `git ls-remote URL` printed stands in for GitHub: which branches, git tags and pull or merge requests are alive, for `{branch}` and `{pr}`. No `github-token` is needed then; `github-repository` says whose refs they are.',
    of: ['prune', 'plan', 'apply'],
  },
  {
    name: 'json',
    description:
      'stdout is one JSON document, the report (of `ls`, the list), and nothing else; the log goes to stderr.',
    of: commandNames,
  },
  { name: 'password-stdin', description: 'Reads the password from stdin, all of it.', of: commandNames },
  { name: 'help', short: 'h', description: 'Shows how the command is used.', of: commandNames },
  { name: 'version', description: 'Shows the version.', of: commandNames },
];

export type Command = {
  readonly name: CommandName;
  /** One line, without full stop. */
  readonly summary: string;
  readonly inputs: readonly InputDefinition[];
  /** Lines as they would be typed. */
  readonly examples: readonly { readonly about: string; readonly line: string }[];
};

/** `plan` is a dry run by itself. */
const planInputs = inputsOf(doors.prune).filter(({ name }) => name !== 'dry-run');

export const commands: Readonly<Record<CommandName, Command>> = {
  prune: {
    name: 'prune',
    summary: 'delete the tags that the rules let go (this is the default)',
    inputs: inputsOf(doors.prune),
    examples: [
      {
        about: 'Look first: every tag with its verdict and the reason. Nothing is changed.',
        line: "registry-prune prune --registry registry.example.com --repositories 'apps/*' --tags 'build-{number}' --keep-last 10 --dry-run",
      },
      {
        about: 'For real: the counts are shown, and it asks before the first deletion.',
        line: "registry-prune prune --registry registry.example.com --repositories 'apps/*' --tags 'build-{number}' --keep-last 10",
      },
      {
        about: 'From cron or a CI job, where nobody answers; never more than a fifth.',
        line: 'registry-prune prune --registry registry.example.com --policy prune.yml --max-deletions 20% --yes',
      },
    ],
  },
  plan: {
    name: 'plan',
    summary: 'say what prune would delete, and write it down for apply',
    inputs: planInputs,
    examples: [
      {
        about: 'Write the plan where a person, or a review, can look at it.',
        line: 'registry-prune plan --registry registry.example.com --policy prune.yml --out plan.json',
      },
      {
        about: 'Builds of branches that are gone, on GitLab or anywhere else that git can ask.',
        line: "registry-prune plan --registry registry.example.com --repositories apps/web --tags 'branch-{branch}' --live-refs refs.txt --github-repository acme/web --out plan.json",
      },
    ],
  },
  apply: {
    name: 'apply',
    summary: 'carry out a plan: what is still true of it, and never anything more',
    inputs: inputsOf(doors.apply),
    examples: [
      {
        about: 'After you have looked at it.',
        line: 'registry-prune apply --registry registry.example.com --plan-file plan.json',
      },
      {
        about: 'What a run that was killed has left, by the files that it wrote.',
        line: 'registry-prune apply --registry registry.example.com --plan-file plan.json --journal-file journal.jsonl',
      },
    ],
  },
  restore: {
    name: 'restore',
    summary: 'put back what a run deleted, from its journal',
    inputs: inputsOf(doors.restore),
    examples: [
      {
        about: 'What is missing, and what would be put back.',
        line: 'registry-prune restore --registry registry.example.com --journal-file journal.jsonl --dry-run',
      },
    ],
  },
  gc: {
    name: 'gc',
    summary: "free the disk on the registry's host, and prove that everything tagged still pulls",
    inputs: inputsOf(doors.gc),
    examples: [
      {
        about: 'On the host itself, where the registry is a container of the name registry.',
        line: 'registry-prune gc --registry localhost:5000 --registry-service docker:registry',
      },
      {
        about: 'By SSH, with your own keys and configuration.',
        line: 'registry-prune gc --registry registry.example.com --ssh-host deploy@registry.example.com --delete-untagged',
      },
    ],
  },
  ls: {
    name: 'ls',
    summary: 'list repositories and tags with age, size, platforms and digest',
    inputs: inputsOf(lsDoor),
    examples: [
      { about: 'All of it.', line: 'registry-prune ls localhost:5000' },
      {
        about: 'For a script.',
        line: "registry-prune ls registry.example.com --repositories 'apps/*' --json | jq -r '.repositories[].tags[].tag'",
      },
    ],
  },
};

export function ownOptionsOf(command: CommandName): readonly OwnOption[] {
  return ownOptions.filter(({ of }) => of.includes(command));
}

/** The variable that an input may come from instead. */
export function variableOf(input: string): string {
  return `REGISTRY_PRUNE_${input.toUpperCase().replaceAll('-', '_')}`;
}

/** What stands behind the option of an input: `PATTERN`, `FILE`; `undefined` for a switch. */
export function valueOf({ name, type }: InputDefinition): string | undefined {
  if (type === 'boolean') return undefined;
  if (type === 'integer') return 'N';
  if (typeof type === 'object') return type.join('|');
  if (name.endsWith('-file') || name === 'policy' || name === 'ca-certificate') return 'FILE';
  if (name === 'repositories' || name === 'tags' || name === 'keep-tags' || name === 'keep-referenced-in')
    return 'GLOB';
  return 'VALUE';
}

/** A switch that is on unless it is switched off: only `--no-…` says anything. */
export function isOnByDefault({ type, default: otherwise }: InputDefinition): boolean {
  return type === 'boolean' && otherwise === 'true';
}
