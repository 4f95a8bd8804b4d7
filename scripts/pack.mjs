// Before and after `npm pack`: what the tarball says of itself. dist has every dependency in it, so whoever installs the tarball
// needs none of them; here they stand under `dependencies` all the same, since audits, Dependabot and the list of what is bundled
// go by that. So the tarball's package.json is without them, and ours comes back afterwards.
//
// Plain JavaScript that any Node can run: npm starts it by itself.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'fs';
import { dirname, join } from 'path';
import { fileURLToPath } from 'url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const path = join(root, 'package.json');
const kept = join(root, 'package.json.kept');

/** What only this checkout needs. */
const own = ['private', 'scripts', 'dependencies', 'devDependencies', 'allowScripts', 'overrides'];

const restore = () => {
  if (existsSync(kept)) renameSync(kept, path);
};

if (process.argv[2] === 'restore') restore();
else {
  // One that was cut off before it came to `postpack`.
  restore();
  const text = readFileSync(path, 'utf8');
  const entries = Object.entries(JSON.parse(text)).filter(([key]) => !own.includes(key));
  writeFileSync(kept, text);
  // Ours says what the tests need, which bring their own Node: src/cli/node.ts says what dist/cli does.
  const packed = { ...Object.fromEntries(entries), engines: { node: '>=22.19' } };
  writeFileSync(path, `${JSON.stringify(packed, undefined, 2)}\n`);
}
