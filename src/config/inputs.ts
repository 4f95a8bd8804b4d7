/** The one definition of the inputs of all doors: action.yml, the README's table and `loadConfig` are made from it. */
import type { InputDefinition } from './definition.ts';

/** One is of no use without the other. */
const account = 'username: ${{ vars.REGISTRY_USERNAME }}\npassword: ${{ secrets.REGISTRY_PASSWORD }}';
const login = 'ssh-host: deploy@registry.example.com\nssh-key: ${{ secrets.REGISTRY_SSH_KEY }}';

/** In the order in which they are shown. */
export const inputDefinitions = [
  {
    name: 'registry',
    required: true,
    description:
      'The registry: `registry.example.com`, `host:5000` or a URL. Without `http://` or `https://` it is asked by https, a loopback host (`localhost`, `127.0.0.1`, `[::1]`) by http. A path behind the host is kept. User and password belong in `username` and `password`.',
    example: 'registry: registry.example.com',
  },
  {
    name: 'username',
    description:
      "The account's name. Without it the Docker credentials of the runner are used, as docker/login-action leaves them; without those the registry is asked anonymously.",
    example: account,
  },
  {
    name: 'password',
    secret: true,
    description: "The account's password, or a token that the registry takes in its place.",
    example: account,
  },
  {
    name: 'ca-certificate',
    description:
      "The certificate authority that signed the registry's certificate, where the runner doesn't know it: PEM text, or the path of a PEM file.",
    example: 'ca-certificate: ${{ vars.REGISTRY_CA_CERTIFICATE }}',
  },
  {
    name: 'tls-verify',
    form: 'switch',
    default: 'true',
    description:
      '`false` accepts any certificate, and with it whoever stands between the runner and the registry. Prefer `ca-certificate`.',
    example: 'tls-verify: true',
  },
  {
    name: 'repositories',
    form: 'list',
    required: 'without policy',
    ofRule: true,
    description:
      'The repositories to look at: names or globs, one a line or comma-separated. `*` stays within one part of the path, `**` goes across; `!` in front excludes. Only a glob makes the list of all repositories be read, and one that matches nothing is an error.',
    example: 'repositories: apps/web',
  },
  {
    name: 'tags',
    form: 'list',
    default: '*',
    ofRule: true,
    description:
      'The tags that may be deleted: patterns, one a line or comma-separated. Globs, placeholders (`{version}` `{number}` `{date}` `{sha}` `{group}` `{pr}` `{branch}`) or `/a regular expression/`; `!` in front excludes.',
    example: 'tags: build-{number}',
  },
  {
    name: 'keep-tags',
    form: 'list',
    ofRule: true,
    description:
      'Tags that are never deleted, whatever else holds: patterns as in `tags`. `latest` is always one of them, unless `!latest` stands here.',
    example: 'keep-tags: stable, release-*',
  },
  {
    name: 'keep-last',
    ofRule: true,
    description:
      'The newest N images survive, out of those that `tags` match: counted in images, not in tags, for each repository (and each `{group}`). Without it 1 where `older-than` is given, so that age alone never empties a repository, and 0 where `tags` ask for `{pr}` or `{branch}`. `0` keeps none for its place.',
    example: 'keep-last: 10',
  },
  {
    name: 'older-than',
    ofRule: true,
    description: 'Only images that are older than this go: `30d`, `12h`, `2w`, `1d12h`, or ISO 8601 such as `P30D`.',
    example: 'older-than: 30d',
  },
  {
    name: 'policy',
    description:
      'Several rules in place of the one that `repositories`, `tags`, `keep-tags`, `keep-last` and `older-than` make, which are refused beside it: the path of a YAML file, or its text. The first rule that matches a tag governs it.',
    example: 'policy: .github/prune.yml',
  },
  {
    name: 'date-source',
    default: 'created',
    description:
      "Which date an image has: `created`, what it says of itself; `pushed`, when its tag was last pushed, read from the registry's storage on its host.",
    example: 'date-source: pushed',
  },
  {
    name: 'keep-referenced-in',
    form: 'list',
    description:
      'Files of the workspace, as globs, one a line or comma-separated; `!` in front excludes. Every image of this registry that they name is kept: compose, Kubernetes, Kustomize, Helm values, Terraform, shell, `.env`. A glob that matches no file is an error.',
    example: 'keep-referenced-in: deploy/**/*.yaml',
  },
  {
    name: 'registry-aliases',
    form: 'list',
    description:
      'Other names under which those files know this registry: hosts or URLs, one a line or comma-separated, with a path in front of the repository if they have one.',
    example: 'registry-aliases: registry.internal:5000, mirror.example.com/apps',
  },
  {
    name: 'github-token',
    expression: '${{ github.token }}',
    secret: true,
    description:
      'Asks GitHub what became of pull requests and branches, for `{pr}` and `{branch}` alone: it needs `pull-requests: read` for the one and `contents: read` for the other. It goes to the GitHub API and nowhere else.',
    example: 'github-token: ${{ github.token }}',
  },
  {
    name: 'github-repository',
    expression: '${{ github.repository }}',
    description:
      'Whose pull requests and branches `{pr}` and `{branch}` speak of: `owner/name`. A rule of a policy may name its own.',
    example: 'github-repository: acme/apps',
  },
  {
    name: 'dry-run',
    form: 'switch',
    default: 'false',
    description: '`true` decides and shows everything, and sends no request that could change anything.',
    example: 'dry-run: true',
  },
  {
    name: 'max-deletions',
    description:
      'The most tags and untagged manifests that may go in one run: a number, or a percentage of those seen. A plan above it is refused as a whole, before anything is deleted.',
    example: 'max-deletions: 20%',
  },
  {
    name: 'delete-untagged',
    form: 'switch',
    default: 'false',
    description:
      "`true` also deletes the manifests of these repositories that nothing reaches: no tag, no kept index at any depth, no kept subject. They are found in the registry's storage on its host.",
    example: 'delete-untagged: true',
  },
  {
    name: 'untagged-grace',
    default: '7d',
    description:
      "Untagged manifests that were pushed more recently stay, by the clock of the registry's host: `7d`, `12h`, or ISO 8601.",
    example: 'untagged-grace: 7d',
  },
  {
    name: 'garbage-collect',
    default: 'false',
    description:
      "Frees the disk on the registry's host. `offline` (or `true`) stops the registry, collects, and starts it again; `online` collects in the running registry, which must be read-only, and restarts it.",
    example: 'garbage-collect: offline',
  },
  {
    name: 'registry-service',
    default: 'docker:registry',
    description:
      'What the registry is on its host: `docker:NAME`, `podman:NAME`, `compose:FILE#SERVICE`, `systemd:UNIT`, `kubectl:NAMESPACE/WORKLOAD`, or `command:PROGRAM`, a program of yours there.',
    example: 'registry-service: docker:registry',
  },
  {
    name: 'registry-config',
    description:
      "The path of the registry's configuration: in its container, or on the host where it runs there. Without it the path is found; `command:` needs it.",
    example: 'registry-config: /etc/docker/registry/config.yml',
  },
  {
    name: 'remove-empty-repositories',
    form: 'switch',
    default: 'false',
    description:
      '`true`: repositories with no tag and no manifest left leave the catalog during an offline collection. Repositories nested below them stay.',
    example: 'garbage-collect: offline\nremove-empty-repositories: true',
  },
  {
    name: 'ssh-host',
    description:
      "The registry's host, `[user@]host[:port]`, where it isn't this very machine. A name of the runner's SSH configuration will do.",
    example: login,
  },
  {
    name: 'ssh-key',
    secret: true,
    description:
      "The private key to log in with, its whole text. It is held by an agent of this run and is in no file. Without it the runner's agent and SSH configuration are used.",
    example: login,
  },
  {
    name: 'ssh-key-passphrase',
    secret: true,
    description: 'What the key is encrypted with, if it is.',
    example: `${login}\nssh-key-passphrase: \${{ secrets.REGISTRY_SSH_PASSPHRASE }}`,
  },
  {
    name: 'ssh-known-hosts',
    description:
      "Lines of a `known_hosts` file. Without them the runner's own is used. A host whose key is unknown, or has changed, is refused, always.",
    example: `${login}\nssh-known-hosts: \${{ vars.REGISTRY_SSH_KNOWN_HOSTS }}`,
  },
  {
    name: 'concurrency',
    default: '16',
    description: 'Requests under way at once, from 1 to 256. Fewer by itself while the registry pushes back.',
    example: 'concurrency: 16',
  },
  {
    name: 'cache-file',
    description:
      'A file in which manifests and configs are remembered from run to run, which never change: then deciding is one HEAD for each tag. It also remembers since when a tag is where it is, for `older-than`. Keep it between jobs with actions/cache.',
    example: 'cache-file: ${{ runner.temp }}/registry-prune.cache',
  },
  {
    name: 'shard',
    description:
      "`i/n`: only this job's share of the repositories, the i-th of n (at most 256), by a hash of their names. All n together do what one job without it does; `max-deletions` holds for each of them, a percentage for the tags that it sees. A shard doesn't collect.",
    example: 'shard: 1/4',
  },
  {
    name: 'plan-file',
    required: true,
    description:
      'The plan to carry out: the path of the `plan-file` that a dry run wrote, as it is. Less of it is done where something has changed since, and never more.',
    example: 'plan-file: plan.json',
  },
  {
    name: 'journal-file',
    required: true,
    description:
      "The journal of the run that is to be undone: a path, as that run's output `journal-file` had it, or where its artifact was downloaded to.",
    example: 'journal-file: journal/journal.jsonl',
  },
] as const satisfies readonly InputDefinition[];

/** The name of an input of any door. */
export type InputName = (typeof inputDefinitions)[number]['name'];

type Definitions = Readonly<Record<InputName, InputDefinition>>;

/** The same by name. */
export const inputsByName = Object.fromEntries(inputDefinitions.map((input) => [input.name, input])) as Definitions;
