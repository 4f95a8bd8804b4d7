// What the tests want of real registries, of the programs that push to them and pull from them, and of those that check
// and run workflows, and where each comes from. One table: everything else in this folder reads it.

/** How a registry behaves; the sandbox registry has the same three profiles. */
export type Profile = 'distribution-2.8' | 'distribution-3.1' | 'oci-1.1';

/** Where something comes from, when it isn't there yet. Tried in the order in which they are written. */
export type Source =
  /** `with`: what it is of no use without, and only recommends. */
  | { readonly kind: 'apt'; readonly package: string; readonly with?: readonly string[] }
  | { readonly kind: 'go'; readonly package: string; readonly version: string }
  | { readonly kind: 'image'; readonly image: string };

export type Wanted = {
  /** As printed and as looked up: `distribution 2.8`, `skopeo`. */
  readonly name: string;
  /** A required one that is missing is a failure under REQUIRE_REAL_REGISTRIES=1. */
  readonly required: boolean;
  /** Names under which it may stand on PATH. */
  readonly programs: readonly string[];
  readonly versionArguments: readonly string[];
  /** How it ends then; 0 without. Some answer no question at all without calling it wrong. */
  readonly versionStatus?: number;
  /** Recognises the right program and the right version by what it prints; its first group is the version. */
  readonly version: RegExp;
  readonly sources: readonly Source[];
};

export type WantedRegistry = Wanted & {
  readonly product: 'distribution' | 'zot' | 'olareg' | 'gitlab';
  readonly profile: Profile;
};

export const wantedRegistries: readonly WantedRegistry[] = [
  {
    name: 'distribution 2.8',
    product: 'distribution',
    profile: 'distribution-2.8',
    required: true,
    programs: ['docker-registry', 'registry'],
    versionArguments: ['--version'],
    version: /github\.com\/docker\/distribution v?(2\.8\.\d+)/,
    sources: [
      { kind: 'apt', package: 'docker-registry' },
      { kind: 'image', image: 'registry:2' },
    ],
  },
  {
    name: 'distribution 3.1',
    product: 'distribution',
    profile: 'distribution-3.1',
    required: true,
    programs: ['registry'],
    versionArguments: ['--version'],
    version: /github\.com\/distribution\/distribution\/v3 v?(3\.1\.\d+)/,
    sources: [
      { kind: 'go', package: 'github.com/distribution/distribution/v3/cmd/registry', version: 'v3.1.1' },
      { kind: 'image', image: 'registry:3' },
    ],
  },
  {
    name: 'zot 2.1',
    product: 'zot',
    profile: 'oci-1.1',
    required: false,
    programs: ['zot'],
    versionArguments: ['--version'],
    version: /v?(2\.1\.\d+)/,
    sources: [{ kind: 'go', package: 'zotregistry.dev/zot/v2/cmd/zot', version: 'v2.1.21' }],
  },
  {
    name: 'olareg',
    product: 'olareg',
    profile: 'oci-1.1',
    required: false,
    programs: ['olareg'],
    versionArguments: ['version'],
    version: /v?(0\.\d+\.\d+)/,
    sources: [{ kind: 'go', package: 'github.com/olareg/olareg/cmd/olareg', version: 'v0.1.2' }],
  },
  {
    // A fork of distribution with its configuration; it deletes by tag and has no referrers API.
    name: 'GitLab container registry',
    product: 'gitlab',
    profile: 'distribution-3.1',
    required: false,
    programs: ['gitlab-container-registry'],
    versionArguments: ['--version'],
    version: /v?(\d+\.\d+\.\d+)-gitlab/,
    sources: [{ kind: 'go', package: 'gitlab.com/gitlab-org/container-registry/cmd/registry', version: 'latest' }],
  },
];

export const wantedTools = [
  {
    name: 'skopeo',
    required: true,
    programs: ['skopeo'],
    versionArguments: ['--version'],
    version: /version (\d+\.\d+\.\d+)/,
    sources: [{ kind: 'apt', package: 'skopeo' }],
  },
  {
    name: 'crane',
    required: true,
    programs: ['crane'],
    versionArguments: ['version'],
    version: /v?(\d+\.\d+\.\d+)/,
    sources: [{ kind: 'go', package: 'github.com/google/go-containerregistry/cmd/crane', version: 'v0.22.1' }],
  },
  {
    // Checks the workflows of examples/, .github/ and the README.
    name: 'actionlint',
    required: true,
    programs: ['actionlint'],
    versionArguments: ['-version'],
    version: /^v?(1\.7\.\d+)/,
    sources: [{ kind: 'go', package: 'github.com/rhysd/actionlint/cmd/actionlint', version: 'v1.7.12' }],
  },
  {
    // Runs workflows as GitHub does, on this machine itself: no image is pulled.
    name: 'act',
    required: false,
    programs: ['act'],
    versionArguments: ['--version'],
    version: /^act version (0\.2\.\d+)/,
    sources: [{ kind: 'go', package: 'github.com/nektos/act', version: 'v0.2.89' }],
  },
  {
    // An object store in memory, for a registry that keeps its blobs in one.
    name: 'gofakes3',
    required: false,
    programs: ['gofakes3'],
    versionArguments: ['-help'],
    versionStatus: 1,
    version: /^gofakes3 v?(\d+\.\d+\.\d+)/,
    sources: [{ kind: 'go', package: 'github.com/johannesboyne/gofakes3/cmd/gofakes3', version: 'v1.2.0' }],
  },
  // The rest is for the registry's host: a container engine of the tests' own, an SSH server, and what else runs
  // registries. `docker.io` brings both the engine and its client.
  {
    name: 'docker',
    required: true,
    programs: ['docker'],
    versionArguments: ['--version'],
    version: /version v?(\d+\.\d+\.\d+)/,
    sources: [{ kind: 'apt', package: 'docker.io' }],
  },
  {
    name: 'dockerd',
    required: true,
    programs: ['dockerd'],
    versionArguments: ['--version'],
    version: /version v?(\d+\.\d+\.\d+)/,
    sources: [{ kind: 'apt', package: 'docker.io' }],
  },
  {
    // What the images of the tests have for a shell.
    name: 'busybox',
    required: true,
    programs: ['busybox'],
    versionArguments: ['--help'],
    version: /BusyBox v(\d+\.\d+\.\d+)/,
    sources: [{ kind: 'apt', package: 'busybox-static' }],
  },
  {
    name: 'podman',
    required: true,
    programs: ['podman'],
    versionArguments: ['--version'],
    version: /version v?(\d+\.\d+\.\d+)/,
    sources: [{ kind: 'apt', package: 'podman' }],
  },
  {
    name: 'docker-compose',
    required: true,
    programs: ['docker-compose'],
    versionArguments: ['--version'],
    version: /version v?(\d+\.\d+\.\d+)/,
    sources: [{ kind: 'apt', package: 'docker-compose' }],
  },
  {
    name: 'ssh',
    required: true,
    programs: ['ssh'],
    versionArguments: ['-V'],
    version: /OpenSSH_(\d+\.\d+)/,
    sources: [{ kind: 'apt', package: 'openssh-client' }],
  },
  {
    // Before 9.2 it knows no -V.
    name: 'sshd',
    required: true,
    programs: ['sshd'],
    versionArguments: ['-V'],
    version: /OpenSSH_(\d+\.\d+)/,
    sources: [{ kind: 'apt', package: 'openssh-server' }],
  },
  {
    name: 'redis-server',
    required: true,
    programs: ['redis-server'],
    versionArguments: ['--version'],
    version: /v=(\d+\.\d+\.\d+)/,
    sources: [{ kind: 'apt', package: 'redis-server' }],
  },
  {
    name: 'kubectl',
    required: true,
    programs: ['kubectl'],
    versionArguments: ['version', '--client'],
    version: /v(\d+\.\d+\.\d+)/,
    sources: [{ kind: 'apt', package: 'kubernetes-client' }],
  },
  {
    // A terminal to look at: what the command line shows there.
    name: 'tmux',
    required: true,
    programs: ['tmux'],
    versionArguments: ['-V'],
    version: /^tmux (\d+\.\d+\w?)/,
    sources: [{ kind: 'apt', package: 'tmux' }],
  },
  // The job summary is looked at as GitHub shows it: its own Markdown program, its stylesheet, Mermaid, a browser.
  {
    name: 'cmark-gfm',
    required: true,
    programs: ['cmark-gfm'],
    versionArguments: ['--version'],
    version: /^cmark-gfm (\d+\.\d+\.\d+\S*)/,
    sources: [{ kind: 'apt', package: 'cmark-gfm' }],
  },
  {
    name: 'chromium',
    required: true,
    programs: ['chromium', 'chromium-browser', 'google-chrome'],
    versionArguments: ['--version'],
    version: /^(?:Chromium|Google Chrome) (\d+\.\d+\.\d+)/m,
    sources: [{ kind: 'apt', package: 'chromium', with: ['fonts-liberation', 'fonts-noto-color-emoji'] }],
  },
] as const satisfies readonly Wanted[];

/** One file of a package of npm, which weighs too much for everybody's `npm ci`. */
export type WantedFile = {
  /** As printed and as looked up. */
  readonly name: string;
  readonly required: boolean;
  readonly package: string;
  readonly version: string;
  /** Of the package's archive, as the registry of npm states it. */
  readonly integrity: string;
  /** Path in the package. */
  readonly file: string;
};

export const wantedFiles = [
  {
    // Older than the one that GitHub has, and the newest: what both draw, GitHub draws.
    name: 'mermaid 10',
    required: true,
    package: 'mermaid',
    version: '10.9.8',
    integrity: 'sha512-gmIhmkmD/3DL5lErDV71E/cFUkEbBW4VTFpsJH1HSYjeBICRKOoc4AZem+RNz/FhhCXKBMZiD75bIfBlb2A4yA==',
    file: 'dist/mermaid.min.js',
  },
  {
    name: 'mermaid 12',
    required: true,
    package: 'mermaid',
    version: '12.3.0',
    integrity: 'sha512-4113TdXeLAsMruJ79OpFL5O8+LTFXhQqZ260rF3tgUmiNAtRm4Uume04I+65PRN6yZ69J4f8rVYWW8zRk65UYw==',
    file: 'dist/mermaid.min.js',
  },
  {
    // Generated from what github.com serves.
    name: 'GitHub light stylesheet',
    required: true,
    package: 'github-markdown-css',
    version: '5.9.0',
    integrity: 'sha512-tmT5sY+zvg2302XLYEfH2mtkViIM1SWf2nvYoF5N1ZsO0V6B2qZTiw3GOzw4vpjLygK/KG35qRlPFweHqfzz5w==',
    file: 'github-markdown-light.css',
  },
  {
    name: 'GitHub dark stylesheet',
    required: true,
    package: 'github-markdown-css',
    version: '5.9.0',
    integrity: 'sha512-tmT5sY+zvg2302XLYEfH2mtkViIM1SWf2nvYoF5N1ZsO0V6B2qZTiw3GOzw4vpjLygK/KG35qRlPFweHqfzz5w==',
    file: 'github-markdown-dark.css',
  },
] as const satisfies readonly WantedFile[];

export type ToolName = (typeof wantedTools)[number]['name'] | (typeof wantedFiles)[number]['name'];
