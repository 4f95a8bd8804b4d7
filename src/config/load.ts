/** From inputs as text to one readonly value. */
import type { Origin } from '../model/index.ts';
import type { Limit } from '../plan/index.ts';
import type { Policy } from '../policy/index.ts';
import { parsePassword, parseUsername } from './account.ts';
import { parseAliases } from './alias.ts';
import { parseCertificate } from './certificate.ts';
import { ConfigError, quote } from './error.ts';
import type { InputProblem } from './error.ts';
import { parseFiles } from './files.ts';
import { parseGitHubRepository, parseGitHubToken } from './github.ts';
import { inputDefinitions, inputsByName } from './inputs.ts';
import { readPolicy } from './policy-inputs.ts';
import { readerOf } from './read.ts';
import type { Reader } from './read.ts';
import { hostOf, parseRegistry } from './registry.ts';
import { valueOf } from './rule.ts';
import { parseBoolean, parseConcurrency, parseMaxDeletions } from './scalars.ts';
import { nearest } from './suggestion.ts';

/** All that a run is told. */
export type Config = {
  readonly origin: Origin;
  readonly username?: string;
  readonly password?: string;
  /** PEM text. */
  readonly caCertificate?: string;
  readonly tlsVerify: boolean;
  readonly policy: Policy;
  /** Globs of files of the workspace; `!` excludes. */
  readonly keepReferencedIn: readonly string[];
  /** `host[:port][/path]`, lower-case, as they stand in front of a repository in those files. */
  readonly registryAliases: readonly string[];
  /** There is one wherever a rule of the policy asks for pull requests or branches. */
  readonly githubToken?: string;
  /** `owner/name`. A rule that asks has it in `repo`, or another one. */
  readonly githubRepository?: string;
  readonly dryRun: boolean;
  readonly maxDeletions?: Limit;
  /** Requests at once. */
  readonly concurrency: number;
};

/** Throws one ConfigError for all that is wrong. `readFile` gives the text of a file that an input names. */
export function loadConfig(inputs: ReadonlyMap<string, string>, readFile: (path: string) => string): Config {
  const reader = readerOf(inputs);
  const { read, text } = reader;
  const origin = valueOf(read('registry', parseRegistry));
  const username = valueOf(read('username', (name) => parseUsername(name, text('password') !== undefined)));
  const password = valueOf(read('password', (secret) => parsePassword(secret, text('username') !== undefined)));
  const caCertificate = valueOf(read('ca-certificate', (pem) => parseCertificate(pem, readFile)));
  const tlsVerify = valueOf(read('tls-verify', parseBoolean));
  const githubToken = read('github-token', parseGitHubToken);
  const githubRepository = read('github-repository', parseGitHubRepository);
  const host = origin === undefined ? undefined : hostOf(origin);
  const policy = readPolicy(reader, readFile, { host, githubRepository, githubToken });
  const keepReferencedIn = valueOf(read('keep-referenced-in', parseFiles)) ?? [];
  const registryAliases = valueOf(read('registry-aliases', parseAliases)) ?? [];
  const dryRun = valueOf(read('dry-run', parseBoolean));
  const maxDeletions = valueOf(read('max-deletions', parseMaxDeletions));
  const concurrency = valueOf(read('concurrency', parseConcurrency));
  refuseUnknown(reader, inputs);
  if (
    reader.problems.length > 0 ||
    origin === undefined ||
    tlsVerify === undefined ||
    policy === undefined ||
    dryRun === undefined ||
    concurrency === undefined
  ) {
    throw new ConfigError(inOrder(reader.problems));
  }
  return {
    origin,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(caCertificate !== undefined && { caCertificate }),
    tlsVerify,
    policy,
    keepReferencedIn,
    registryAliases,
    ...(githubToken.kind === 'read' && { githubToken: githubToken.value }),
    ...(githubRepository.kind === 'read' && { githubRepository: githubRepository.value }),
    dryRun,
    ...(maxDeletions !== undefined && { maxDeletions }),
    concurrency,
  };
}

function refuseUnknown({ report }: Reader, inputs: ReadonlyMap<string, string>): void {
  const names = inputDefinitions.map((input) => input.name);
  for (const [name, text] of inputs) {
    if (text.trim() === '' || names.some((known) => known === name)) continue;
    const meant = nearest(name, names);
    const hint = meant === undefined ? `The inputs are ${names.join(', ')}.` : `Did you mean ${meant}?`;
    report({
      input: quote(name),
      what: `There is no such input. ${hint}`,
      example: inputsByName[meant ?? 'keep-last'].example,
    });
  }
}

/** Of the definition; some inputs are read before others that stand above them. What is no input comes last. */
function inOrder(problems: readonly InputProblem[]): readonly InputProblem[] {
  const order = (problem: InputProblem): number => {
    const index = inputDefinitions.findIndex(({ name }) => name === problem.input);
    return index === -1 ? inputDefinitions.length : index;
  };
  return problems.toSorted((a, b) => order(a) - order(b));
}
