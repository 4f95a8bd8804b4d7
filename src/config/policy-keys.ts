/** The one definition of the policy's keys: what reads a policy, and policy.schema.json, are made from it. */

/** What may stand behind a key. */
export type KeyForm =
  /** The number of the format. */
  | 'version'
  /** One or several patterns: a list, or one text as in an input. */
  | 'patterns'
  /** A whole number, 0 or more. */
  | 'count'
  | 'duration'
  | 'rule name'
  | 'repository on GitHub'
  | 'rules';

export type KeyDefinition = {
  readonly name: string;
  readonly form: KeyForm;
  /** Markdown; one paragraph. */
  readonly description: string;
  readonly required?: true;
  /** What holds where the key isn't written. */
  readonly default?: string;
  /** A correct line. */
  readonly example: string;
};

/** At the top of a policy, in the order in which they are best read. */
export const policyKeys = [
  {
    name: 'version',
    form: 'version',
    required: true,
    description: 'The format of this file: 1.',
    example: 'version: 1',
  },
  {
    name: 'keep-tags',
    form: 'patterns',
    description: 'Tags that no rule deletes: patterns. `latest` is always one of them, unless `!latest` stands here.',
    example: 'keep-tags: [stable, "release-*"]',
  },
  {
    name: 'rules',
    form: 'rules',
    required: true,
    description: 'The first rule that matches a tag governs it; a tag that none matches is kept.',
    example: 'rules:\n  - repositories: apps/**\n    tags: v{version}\n    keep-last: 20',
  },
] as const satisfies readonly KeyDefinition[];

/** Of a rule, likewise. */
export const ruleKeys = [
  {
    name: 'name',
    form: 'rule name',
    description: 'Stands beside each tag that the rule governs. Without it `rule 2` for the second one.',
    example: 'name: previews of closed pull requests',
  },
  {
    name: 'repositories',
    form: 'patterns',
    required: true,
    description:
      'The repositories that the rule is about: names or globs. `*` stays within one part of the path, `**` goes across; `!` in front excludes.',
    example: 'repositories: ["apps/**", "!apps/base"]',
  },
  {
    name: 'github-repository',
    form: 'repository on GitHub',
    description:
      'Whose pull requests and branches `{pr}` and `{branch}` speak of: `owner/name`. Without it the one of the input of this name.',
    example: 'github-repository: acme/apps',
  },
  {
    name: 'tags',
    form: 'patterns',
    default: '*',
    description:
      'The tags that may be deleted: globs, placeholders (`{version}` `{number}` `{date}` `{sha}` `{group}` `{pr}` `{branch}`) or `/a regular expression/`; `!` in front excludes.',
    example: 'tags: ["pr-{pr}", "pr-{pr}-*"]',
  },
  {
    name: 'keep-last',
    form: 'count',
    description:
      'The newest N images survive, out of those that `tags` match, in each repository and `{group}`. Without it 0 where `tags` ask for `{pr}` or `{branch}`, and 1 where only `older-than` is given.',
    example: 'keep-last: 10',
  },
  {
    name: 'keep-last-live',
    form: 'count',
    description:
      'With `{pr}` or `{branch}`: the newest N images of each open pull request or living branch survive, and no more. Without it all of them do.',
    example: 'keep-last-live: 5',
  },
  {
    name: 'older-than',
    form: 'duration',
    description: 'Only images that are older than this go: `30d`, `12h`, `2w`, `1d12h`, or ISO 8601 such as `P30D`.',
    example: 'older-than: 30d',
  },
] as const satisfies readonly KeyDefinition[];
