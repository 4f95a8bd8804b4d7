// `node scripts/sbom.mjs`: which packages of npm are in what is released, as CycloneDX on the standard output. It reads
// package.json and package-lock.json, installs nothing and asks nobody.
//
// `npm sbom --omit dev` leaves out what a development dependency needs as well, minimatch and semver among them (npm
// 11.19.1). So npm is given a lockfile that has no development dependencies.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

/** @param {string} name */
const read = (name) => JSON.parse(readFileSync(join(import.meta.dirname, '..', name), 'utf8'));

const { devDependencies: _, ...manifest } = read('package.json');
const lockfile = read('package-lock.json');
const { devDependencies: __, ...root } = lockfile.packages[''];
const shipped = Object.entries(lockfile.packages).filter(([path, { dev }]) => path !== '' && dev !== true);

const place = mkdtempSync(join(tmpdir(), 'sbom-'));
// npm names the whole after its directory.
const directory = join(place, manifest.name);
try {
  mkdirSync(directory);
  writeFileSync(join(directory, 'package.json'), JSON.stringify(manifest));
  const packages = Object.fromEntries([['', root], ...shipped]);
  writeFileSync(join(directory, 'package-lock.json'), JSON.stringify({ ...lockfile, packages }));
  const words = ['sbom', '--package-lock-only', '--sbom-type', 'application', '--sbom-format', 'cyclonedx'];
  const { status, error } = spawnSync('npm', words, { cwd: directory, stdio: ['ignore', 'inherit', 'inherit'] });
  if (error !== undefined) throw error;
  process.exitCode = status ?? 1;
} finally {
  rmSync(place, { recursive: true, force: true });
}
