// Gets the real registries and the tools onto this machine, as far as it lets us, and says what came of it.

import { findAll, isBuilt, type Found, type Missing } from './find.ts';
import { fetchFile } from './fetch-file.ts';
import { buildWithGo, installPackages, pullImage, type Refusal, type Say } from './install.ts';
import { wantedFiles, wantedRegistries, wantedTools, type Source, type Wanted } from './wanted.ts';

// distribution 3.1 takes 3.5 minutes on two cores with nothing cached. What isn't required gets less patience; Go keeps
// what it compiled, so the next run goes on from there.
const requiredBuildMs = 20 * 60_000;
const optionalBuildMs = 8 * 60_000;

type Reasons = Map<string, string[]>;

const everything: readonly Wanted[] = [...wantedRegistries, ...wantedTools];

function note(reasons: Reasons, name: string, why: Refusal): void {
  if (why !== undefined) reasons.set(name, [...(reasons.get(name) ?? []), why]);
}

function missingOf(found: Found): readonly Wanted[] {
  const names = new Set(found.missing.map((missing) => missing.name));
  return everything.filter((wanted) => names.has(wanted.name));
}

function sourceOf<K extends Source['kind']>(wanted: Wanted, kind: K): (Source & { readonly kind: K }) | undefined {
  return wanted.sources.find((source): source is Source & { readonly kind: K } => source.kind === kind);
}

async function installWithApt(missing: readonly Wanted[], reasons: Reasons, say: Say): Promise<void> {
  const wanted = missing.flatMap((one) => {
    const source = sourceOf(one, 'apt');
    return source ? [source.package, ...(source.with ?? [])].map((each) => ({ name: one.name, package: each })) : [];
  });
  const whys = await installPackages([...new Set(wanted.map((one) => one.package))], say);
  for (const one of wanted) note(reasons, one.name, whys.get(one.package));
}

async function build(missing: readonly Wanted[], reasons: Reasons, say: Say): Promise<void> {
  // One after the other, what is required first: each build keeps every core busy by itself.
  const ordered = [...missing].sort((left, right) => Number(right.required) - Number(left.required));
  for (const wanted of ordered) {
    const source = sourceOf(wanted, 'go');
    if (!source) continue;
    const timeoutMs = wanted.required ? requiredBuildMs : optionalBuildMs;
    note(reasons, wanted.name, await buildWithGo(source, { say, timeoutMs, isBuilt: () => isBuilt(wanted, source) }));
  }
}

async function fetchFiles(found: Found, reasons: Reasons, say: Say): Promise<void> {
  for (const wanted of wantedFiles)
    if (found.missing.some(({ name }) => name === wanted.name))
      note(reasons, wanted.name, await fetchFile(wanted, say));
}

async function pull(missing: readonly Wanted[], reasons: Reasons, say: Say): Promise<void> {
  for (const wanted of missing) {
    const source = sourceOf(wanted, 'image');
    if (!source) continue;
    note(reasons, wanted.name, await pullImage(source.image, say));
  }
}

function explain(missing: Missing, reasons: Reasons): Missing {
  return { ...missing, why: (reasons.get(missing.name) ?? [missing.why]).join('; ') };
}

/**
 * Finds everything of the table, installs what is missing where that is possible, and returns what is there now. Never
 * throws for something that can't be had: it is in `missing`, with the reasons. A refusal is forgotten after this run.
 */
export async function provision(say: Say): Promise<Found> {
  const reasons: Reasons = new Map();
  let found = findAll();
  const missing = missingOf(found);
  if (found.missing.length === 0) return found;
  await Promise.all([
    installWithApt(missing, reasons, say),
    build(missing, reasons, say),
    fetchFiles(found, reasons, say),
  ]);
  found = findAll();
  // Containers only where neither way led there. This branch runs only where images can be pulled.
  if (missingOf(found).some((wanted) => sourceOf(wanted, 'image') !== undefined)) {
    await pull(missingOf(found), reasons, say);
    found = findAll();
  }
  return { ...found, missing: found.missing.map((one) => explain(one, reasons)) };
}
