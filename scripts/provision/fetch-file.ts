// Files of npm's packages, kept in the cache: fetched by npm itself, so that the machine's own registry and proxy hold.

import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fetchedFile, toolsDirectory } from './find.ts';
import { lastWord, run, type Refusal, type Say } from './install.ts';
import type { WantedFile } from './wanted.ts';

const fetchMs = 5 * 60_000;

/**
 * Fetches one file into the cache. What arrives is believed only where the archive has the digest of the table; the file is
 * moved to its place whole, so that two runs at once see all of it or nothing.
 */
export async function fetchFile(wanted: WantedFile, say: Say): Promise<Refusal> {
  const spec = `${wanted.package}@${wanted.version}`;
  const target = fetchedFile(wanted);
  await mkdir(toolsDirectory(), { recursive: true });
  const place = await mkdtemp(join(toolsDirectory(), '.fetching-'));
  try {
    say(`Fetching ${spec} with npm (kept in ${dirname(target)})…`);
    const fetched = await run('npm', ['pack', spec, '--silent', '--pack-destination', place], { timeoutMs: fetchMs });
    if (fetched.status === undefined && fetched.output.includes('ENOENT')) return 'no npm on this machine';
    if (fetched.status !== 0) return `npm pack ${spec}: ${lastWord(fetched.output)}`;
    const archive = (await readdir(place)).find((name) => name.endsWith('.tgz'));
    if (archive === undefined) return `npm pack ${spec}: it wrote no archive`;
    const bytes = await readFile(join(place, archive));
    const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
    if (integrity !== wanted.integrity) return `npm pack ${spec}: the archive has the digest ${integrity}`;
    const inside = `package/${wanted.file}`;
    const unpacked = await run('tar', ['-xzf', join(place, archive), '-C', place, inside], { timeoutMs: fetchMs });
    if (unpacked.status !== 0) return `tar, of ${spec}: ${lastWord(unpacked.output)}`;
    await mkdir(dirname(target), { recursive: true });
    await rename(join(place, inside), join(dirname(target), basename(wanted.file)));
    return undefined;
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}
