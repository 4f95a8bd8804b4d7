/** Who the program is to the registry, by chance, and where what it knows must not be found afterwards. */
import { hide, formsOf } from '../../src/runtime/secrets.ts';
import type { Runtime } from '../../src/runtime/index.ts';
import type { ForeignOrigin } from '../../sandbox/foreign-origin.ts';
import type { Random } from '../../sandbox/random.ts';
import type { SandboxAuth, SandboxOptions, SandboxRegistry } from '../../sandbox/registry.ts';
import type { MemoryRuntime } from '../support/runtime.ts';

export type Account = {
  readonly options: SandboxOptions;
  /** For the registry at a URL: the same account behind a relay. */
  readonly inputsFor: (url: string) => Readonly<Record<string, string>>;
  readonly envFor: (url: string) => Readonly<Record<string, string>>;
  /** Every text that lets somebody in; tokens beside them. */
  readonly secrets: readonly string[];
};

export function makeAccount(random: Random): Account {
  const username = 'deployer';
  const password = `pass-${random.between(1e8, 1e9)}-word`;
  const identityToken = `identity-${random.between(1e8, 1e9)}`;
  const basic = Buffer.from(`${username}:${password}`).toString('base64');
  const way = random.pick(['inputs', 'inputs', 'auths', 'identity-token'] as const);
  const token: SandboxAuth = {
    kind: 'token',
    users: [{ username, password, identityToken }],
    tokenOrigin: random.pick<'same' | 'other'>(['same', 'same', 'other']),
    // An identity token is made for POST.
    methods: way === 'identity-token' ? 'both' : random.pick<'both' | 'get' | 'post'>(['both', 'get', 'post']),
    offersBasic: random.chance(0.2),
  };
  const auth = random.pick<SandboxAuth>([{ kind: 'none' }, { kind: 'basic', username, password }, token, token]);
  const how = auth.kind === 'none' ? 'none' : way;
  const entry = how === 'identity-token' && auth.kind === 'token' ? { identitytoken: identityToken } : { auth: basic };
  const given = how === 'inputs';
  return {
    options: { auth, redirectBlobs: random.chance(0.3) },
    inputsFor: () => (given ? { username, password } : {}),
    envFor: (url) =>
      given || how === 'none' ? {} : { DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [new URL(url).host]: entry } }) },
    secrets: [password, identityToken, basic],
  };
}

/** The runtime hides what it was told to hide, at the moment at which it is written, as the real one does. */
export function hiding(memory: MemoryRuntime): Runtime {
  const forms = new Set<string>();
  const without = (text: string): string =>
    hide(
      text,
      [...forms].sort((one, other) => other.length - one.length),
    );
  const { log } = memory;
  return {
    ...memory,
    log: {
      info: (line) => {
        log.info(without(line));
      },
      debug: (line) => {
        log.debug(without(line));
      },
      notice: (text, at) => {
        log.notice(without(text), at && without(at));
      },
      warning: (text, at) => {
        log.warning(without(text), at && without(at));
      },
      error: (text, at) => {
        log.error(without(text), at && without(at));
      },
      group: (title, lines) => {
        log.group(without(title), lines.map(without));
      },
    },
    writeSummary: (markdown) => memory.writeSummary(without(markdown)),
    withoutSecrets: without,
    maskSecret: (secret) => {
      for (const form of formsOf(secret)) forms.add(form);
    },
    fail: (message) => {
      memory.fail(without(message));
    },
  };
}

/** Where a secret has got to that is nobody's business there. */
export function leaks(
  { secrets }: Account,
  { memory, foreign, registry }: Pick<Told, 'memory' | 'foreign' | 'registry'>,
): readonly string[] {
  const tokens = /sandbox-(?:refresh-)?token-/;
  const holdsSecret = (text: string): boolean => tokens.test(text) || secrets.some((secret) => text.includes(secret));
  const places: readonly (readonly [string, Iterable<string>])[] = [
    ['the log', memory.lines],
    ['an error', memory.failures],
    ['the summary', [memory.summary()]],
    ['an output', memory.outputs.values()],
    ...[...memory.memory].map(([path, content]) => [path, [content]] as const),
    ['what another origin was sent', (foreign?.requests ?? []).map((request) => JSON.stringify(request))],
    // Its storage, and no token service.
    [
      'what the storage was sent',
      registry.requests.flatMap(({ server, path, headers }) =>
        server === 'aside' && path.startsWith('/sha256:') ? JSON.stringify({ path, headers }) : [],
      ),
    ],
  ];
  const found = places.flatMap(([place, texts]) =>
    [...texts].filter(holdsSecret).map((text) => `a secret is in ${place}: ${text.slice(0, 300)}`),
  );
  const bearing = (foreign?.requests ?? []).filter(({ headers }) =>
    ['authorization', 'cookie', 'proxy-authorization'].some((name) => name in headers),
  );
  return [...found, ...bearing.map(({ method, path }) => `${method} ${path} came to another origin with credentials`)];
}

export type Told = {
  readonly memory: MemoryRuntime;
  readonly foreign: ForeignOrigin | undefined;
  readonly registry: SandboxRegistry;
};
