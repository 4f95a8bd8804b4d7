/** The one definition of the inputs: action.yml, the README's table and `loadConfig` are made from it. */
import type { InputDefinition } from './definition.ts';

/** One is of no use without the other. */
const account = 'username: ${{ vars.REGISTRY_USERNAME }}\npassword: ${{ secrets.REGISTRY_PASSWORD }}';

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
    default: 'true',
    description:
      '`false` accepts any certificate, and with it whoever stands between the runner and the registry. Prefer `ca-certificate`.',
    example: 'tls-verify: true',
  },
  {
    name: 'repositories',
    required: 'without policy',
    ofRule: true,
    description:
      'The repositories to look at: names or globs, one a line or comma-separated. `*` stays within one part of the path, `**` goes across; `!` in front excludes. Only a glob makes the list of all repositories be read, and one that matches nothing is an error.',
    example: 'repositories: apps/web',
  },
  {
    name: 'tags',
    default: '*',
    ofRule: true,
    description:
      'The tags that may be deleted: patterns, one a line or comma-separated. Globs, placeholders (`{version}` `{number}` `{date}` `{sha}` `{group}` `{pr}` `{branch}`) or `/a regular expression/`; `!` in front excludes.',
    example: 'tags: build-{number}',
  },
  {
    name: 'keep-tags',
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
    name: 'keep-referenced-in',
    description:
      'Files of the workspace, as globs, one a line or comma-separated; `!` in front excludes. Every image of this registry that they name is kept: compose, Kubernetes, Kustomize, Helm values, Terraform, shell, `.env`. A glob that matches no file is an error.',
    example: 'keep-referenced-in: deploy/**/*.yaml',
  },
  {
    name: 'registry-aliases',
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
    default: 'false',
    description: '`true` decides and shows everything, and sends no request that could change anything.',
    example: 'dry-run: true',
  },
  {
    name: 'max-deletions',
    description:
      'The most tags that may go in one run: a number, or a percentage of the tags seen. A plan above it is refused as a whole, before anything is deleted.',
    example: 'max-deletions: 20%',
  },
  {
    name: 'concurrency',
    default: '16',
    description: 'Requests under way at once, from 1 to 256. Fewer by itself while the registry pushes back.',
    example: 'concurrency: 16',
  },
] as const satisfies readonly InputDefinition[];

/** The name of an input of this door. */
export type InputName = (typeof inputDefinitions)[number]['name'];

type Definitions = Readonly<Record<InputName, InputDefinition>>;

/** The same by name. */
export const inputsByName = Object.fromEntries(inputDefinitions.map((input) => [input.name, input])) as Definitions;
