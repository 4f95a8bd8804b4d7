/** From inputs as text to one readonly value. */
import type { Origin } from '../model/index.ts';
import type { Limit } from '../plan/index.ts';
import { makeKeepTags } from '../policy/index.ts';
import type { Policy } from '../policy/index.ts';
import { parsePassword, parseUsername } from './account.ts';
import { parseCertificate } from './certificate.ts';
import { ConfigError, quote } from './error.ts';
import { inputDefinitions, inputsByName } from './inputs.ts';
import { parseKeepTags, parseOlderThan, parseRepositories, parseRule, parseTags } from './patterns.ts';
import { readerOf } from './read.ts';
import type { Reader } from './read.ts';
import { hostOf, parseRegistry } from './registry.ts';
import { parseBoolean, parseConcurrency, parseKeepLast, parseMaxDeletions } from './scalars.ts';
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
  readonly dryRun: boolean;
  readonly maxDeletions?: Limit;
  /** Requests at once. */
  readonly concurrency: number;
};

/** Throws one ConfigError for all that is wrong. `readFile` gives the text of the file that `ca-certificate` names. */
export function loadConfig(inputs: ReadonlyMap<string, string>, readFile: (path: string) => string): Config {
  const reader = readerOf(inputs);
  const { read, text } = reader;
  const origin = read('registry', parseRegistry);
  const username = read('username', (name) => parseUsername(name, text('password') !== undefined));
  const password = read('password', (secret) => parsePassword(secret, text('username') !== undefined));
  const caCertificate = read('ca-certificate', (pem) => parseCertificate(pem, readFile));
  const tlsVerify = read('tls-verify', parseBoolean);
  const policy = readPolicy(reader, origin);
  const dryRun = read('dry-run', parseBoolean);
  const maxDeletions = read('max-deletions', parseMaxDeletions);
  const concurrency = read('concurrency', parseConcurrency);
  refuseUnknown(reader, inputs);
  if (
    reader.problems.length > 0 ||
    origin === undefined ||
    tlsVerify === undefined ||
    policy === undefined ||
    dryRun === undefined ||
    concurrency === undefined
  ) {
    throw new ConfigError(reader.problems);
  }
  return {
    origin,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(caCertificate !== undefined && { caCertificate }),
    tlsVerify,
    policy,
    dryRun,
    ...(maxDeletions !== undefined && { maxDeletions }),
    concurrency,
  };
}

function readPolicy({ read, text, report }: Reader, origin: Origin | undefined): Policy | undefined {
  const repositories = read('repositories', (list) =>
    parseRepositories(list, origin === undefined ? undefined : hostOf(origin)),
  );
  const tags = read('tags', parseTags);
  const keepTags = text('keep-tags') === undefined ? makeKeepTags([]) : read('keep-tags', parseKeepTags);
  const keepLast = read('keep-last', parseKeepLast);
  const olderThanSeconds = read('older-than', parseOlderThan);
  const conditionGiven = text('keep-last') !== undefined || text('older-than') !== undefined;
  const conditionRead = keepLast !== undefined || olderThanSeconds !== undefined;
  // A condition that could not be read has its own error, and is not missing.
  if (conditionGiven && !conditionRead) return undefined;
  const rule = parseRule({ repositories, tags, keepLast, olderThanSeconds });
  if (!rule.ok) report('keep-last', rule.what, inputsByName['keep-last'].example);
  return rule.ok && keepTags !== undefined ? { keepTags, rules: [rule.value], dateSource: 'created' } : undefined;
}

function refuseUnknown({ report }: Reader, inputs: ReadonlyMap<string, string>): void {
  const names = inputDefinitions.map((input) => input.name);
  for (const [name, text] of inputs) {
    if (text.trim() === '' || names.some((known) => known === name)) continue;
    const meant = nearest(name, names);
    if (meant === undefined)
      report(
        quote(name),
        `There is no such input. The inputs are ${names.join(', ')}.`,
        inputsByName['keep-last'].example,
      );
    else report(quote(name), `There is no such input. Did you mean ${meant}?`, inputsByName[meant].example);
  }
}
