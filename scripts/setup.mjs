// The first half of `npm test` and `npm run demo`: installs what package-lock.json names, where that isn't there yet,
// then runs the script it is given with Node 24. It starts the script itself because a shell remembers where it found
// `node` before: in `node setup.mjs && node test.ts` the second would still be the machine's Node (dash and bash alike).
//
// Plain JavaScript that any Node of the last years can read, without dependencies: there are none yet.
import { spawnSync } from 'child_process';
import { existsSync, readFileSync } from 'fs';
import { dirname, join } from 'path';
import { fileURLToPath } from 'url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const oldestNode = 20;

/** @param {string} sentence what happened and what to do next */
function giveUp(sentence) {
  console.error(sentence);
  process.exit(1);
}

/** @param {string} path relative to the project */
function readPackages(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * Whether node_modules holds what package-lock.json says. npm keeps an account of what it installed in
 * node_modules/.package-lock.json, so an `npm ci` by hand counts as well.
 */
function isInstalled() {
  const wanted = readPackages('package-lock.json');
  const present = readPackages('node_modules/.package-lock.json');
  if (wanted === undefined) giveUp('package-lock.json is missing or unreadable: check it out again.');
  if (present === undefined) return false;
  const sameAs = (/** @type {any} */ left, /** @type {any} */ right) =>
    left.version === right.version && left.integrity === right.integrity;
  return (
    Object.entries(wanted).every(
      // Another platform's binaries are optional, and rightly absent.
      ([path, entry]) => path === '' || (present[path] ? sameAs(entry, present[path]) : entry.optional === true),
    ) && Object.keys(present).every((path) => wanted[path] !== undefined)
  );
}

/** The Node that the `node` dev dependency brings, if its install script was allowed to run. */
function pinnedNode() {
  return ['node_modules/node/bin/node.exe', 'node_modules/node/bin/node']
    .map((path) => join(root, path))
    .find((path) => existsSync(path));
}

function install() {
  console.log('First run: installing the dependencies and Node 24 into node_modules (npm ci), about half a minute.');
  // Where npm itself started this, the same npm goes on; another package manager doesn't know `ci`.
  const starter = process.env.npm_execpath;
  const npm = starter !== undefined && starter.endsWith('npm-cli.js') ? starter : undefined;
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const options = /** @type {const} */ ({ cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const run = npm
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync('npm', args, { ...options, shell: true });
  if (run.status !== 0)
    giveUp(`npm ci failed (its words are above): ${run.error ? run.error.message : `exit code ${run.status}`}.`);
}

const machineNode = Number(process.versions.node.split('.')[0]);
if (machineNode < oldestNode)
  giveUp(`registry-prune needs Node ${oldestNode} or newer to start; this is Node ${process.versions.node}.`);
if (!isInstalled() || pinnedNode() === undefined) install();

const node = pinnedNode() ?? (machineNode >= 24 ? process.execPath : undefined);
if (node === undefined)
  giveUp(
    "Node 24 is missing: npm didn't run the install script of its `node` package. Run `npm ci --ignore-scripts=false`.",
  );
const [script, ...args] = process.argv.slice(2);
if (script !== undefined) {
  const run = spawnSync(/** @type {string} */ (node), [join(root, script), ...args], { cwd: root, stdio: 'inherit' });
  if (run.error) giveUp(`${script} didn't start: ${run.error.message}`);
  process.exit(run.status ?? 1);
}
