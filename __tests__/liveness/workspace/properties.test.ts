/** What is written into a form is found again; whatever else a file holds, it comes to an end. */
import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { WorkspaceError } from '../../../src/liveness/workspace/index.ts';
import { find } from './workspace.ts';

const repository = fc.stringMatching(/^[a-z0-9]{1,8}(?:[._-][a-z0-9]{1,5})?(?:\/[a-z0-9]{1,8}(?:__[a-z]{1,3})?){0,2}$/);
// Capitals alone are what somebody is about to replace, and null is YAML's nothing: both keep all.
const tag = fc
  .stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,20}$/)
  .filter((text) => !/^_*[A-Z][A-Z_]*$|^null$/i.test(text));
const digest = fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`);

type Form = {
  readonly file: string;
  readonly lines: readonly string[];
  /** From 1, in `lines`. */
  readonly tagLine: number;
  readonly digestLine: number;
};

const forms: Readonly<Record<string, (repository: string, tag: string, digest: string) => Form>> = {
  compose: (r, t, d) => ({
    file: 'compose.yaml',
    lines: ['services:', '  one:', `    image: registry.example.com/${r}:${t}@${d}`],
    tagLine: 3,
    digestLine: 3,
  }),
  'a compose default': (r, t, d) => ({
    file: 'compose.yaml',
    lines: ['services:', '  one:', `    image: "registry.example.com/${r}:\${T:-${t}}@${d}"`],
    tagLine: 3,
    digestLine: 3,
  }),
  kubernetes: (r, t, d) => ({
    file: 'pod.yaml',
    lines: ['---', 'spec:', '  containers:', `  - {image: 'registry.example.com/${r}:${t}@${d}'}`],
    tagLine: 4,
    digestLine: 4,
  }),
  kustomize: (r, t, d) => ({
    file: 'kustomization.yaml',
    lines: ['images:', '- name: x', `  newName: registry.example.com/${r}`, `  newTag: ${t}`, `  digest: ${d}`],
    tagLine: 4,
    digestLine: 5,
  }),
  helm: (r, t, d) => ({
    file: 'values.yaml',
    lines: ['image:', '  registry: registry.example.com', `  repository: "${r}"`, `  digest: ${d}`, `  tag: ${t}`],
    tagLine: 5,
    digestLine: 4,
  }),
  json: (r, t, d) => ({
    file: 'values.json',
    lines: JSON.stringify({ repository: `registry.example.com/${r}`, tag: t, digest: d }, null, 2).split('\n'),
    tagLine: 3,
    digestLine: 4,
  }),
  terraform: (r, t, d) => ({
    file: 'main.tf',
    lines: ['variable "t" {', `  default = "${t}"`, '}', `image = "registry.example.com/${r}:\${var.t}@${d}"`],
    tagLine: 4,
    digestLine: 4,
  }),
  shell: (r, t, d) => ({
    file: 'run.sh',
    lines: [`R=registry.example.com/${r}`, `T='${t}'`, `docker run -it "\${R}:$T"@${d} sh`],
    tagLine: 3,
    digestLine: 3,
  }),
  dockerfile: (r, t, d) => ({
    file: 'Dockerfile',
    lines: [`ARG T=${t}`, `FROM registry.example.com/${r}:\${T}@${d} AS x`],
    tagLine: 2,
    digestLine: 2,
  }),
  workflow: (r, t, d) => ({
    file: '.github/workflows/x.yml',
    lines: ['env:', `  T: '${t}'`, `  image: registry.example.com/${r}:\${{ env.T }}@${d}`],
    tagLine: 3,
    digestLine: 3,
  }),
  text: (r, t, d) => ({
    file: 'README.md',
    lines: ['', `Pull \`registry.example.com/${r}:${t}@${d}\`, then go on.`],
    tagLine: 2,
    digestLine: 2,
  }),
};

describe.each(Object.entries(forms))('%s', (_, form) => {
  test('is found again, with its line', async () => {
    const noise = fc.array(fc.stringMatching(/^# ?[\w :/.-]{0,30}$/), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(repository, tag, digest, noise, async (r, t, d, comments) => {
        const { file, lines, tagLine, digestLine } = form(r, t, d);
        const isCommented = file !== 'values.json';
        const above = isCommented ? comments : [];
        const { references } = await find({ [file]: [...above, ...lines, ''].join('\n') });
        const own = references.filter((each) => each.repository === r && each.file === file);
        const tagged = own.filter(({ names }) => names.kind === 'tag' && names.tag === t);
        const pinned = own.filter(({ names }) => names.kind === 'digest' && names.digest === d);
        expect(tagged.map((each) => each.line - above.length)).toContain(tagLine);
        expect(pinned.map((each) => each.line - above.length)).toContain(digestLine);
      }),
      { numRuns: 150 },
    );
  });
});

const fragment = fc.constantFrom(
  ...[
    'registry.example.com/web',
    'registry.example.com',
    ':1.2',
    '@sha256:',
    '${',
    '}',
    '${A:-',
    '$A',
    '$(',
    ')',
    '{{',
    '}}',
  ],
  ...[
    'A=',
    'A=$B\n',
    'B=$A\n',
    'tag: ',
    'repository: ',
    'registry: ',
    'image: ',
    'images:\n',
    '- name: ',
    '  ',
    '\n',
    '"',
    "'",
  ],
  ...[
    '&x ',
    '*x',
    '<<: ',
    '[',
    ']',
    '{',
    '%',
    '<%',
    '\\',
    '\\/',
    '/',
    '#',
    '---\n',
    'variable "t" {',
    'locals {',
    '\u0001',
    '|\n',
  ],
);
const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.array(fragment, { maxLength: 60 }).map((parts) => parts.join('')),
);
const file = fc.constantFrom('f.yaml', 'f.json', 'f.tf', 'f.sh', '.env', 'Dockerfile', 'f.txt', 'prod.tfvars');

test('arbitrary text gives references or a WorkspaceError', async () => {
  await fc.assert(
    fc.asyncProperty(file, anything, async (path, text) => {
      try {
        const { references } = await find({ [path]: text });
        const lines = text.split(/\r\n|\r|\n/).length;
        for (const { line } of references) expect(line >= 1 && line <= lines).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(WorkspaceError);
      }
    }),
    { numRuns: 2000 },
  );
});

test('a repository that stands in a text keeps something, whatever stands around it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('f.tf', 'f.sh', 'f.txt', 'f.yaml'),
      anything,
      anything,
      async (path, before, after) => {
        const text = `${before} registry.example.com/found/here ${after}`;
        const found = await find({ [path]: text }).catch((error: unknown) => error);
        if (found instanceof WorkspaceError) return;
        expect(found).toMatchObject({
          references: expect.arrayContaining([expect.objectContaining({ repository: 'found/here' })]),
        });
      },
    ),
    { numRuns: 2000 },
  );
});

test.each<readonly [string, string]>([
  ['signs of expressions', '${'.repeat(100_000)],
  ['braces', '{{'.repeat(100_000)],
  ['variables', 'x$REGISTRY'.repeat(20_000)],
  ['hosts', 'registry.example.com/'.repeat(20_000)],
  ['paths', `registry.example.com/${'a/'.repeat(500_000)}`],
  ['assignments', 'A=$A\n'.repeat(50_000)],
  ['loops', 'for A in $A; do A=$A\n'.repeat(20_000)],
  ['blocks', 'variable "a" {locals {'.repeat(20_000)],
  ['spaces', `locals${' '.repeat(500_000)}`],
  ['slashes', `registry.example.com${'/'.repeat(1_000_000)}`],
  ['anchors', `${Array.from({ length: 2_000 }, (_, n) => `a${n}: &a${n} 1\nb${n}: *a${n}`).join('\n')}\ntag: 1\n`],
])('a long text of %s comes to an end', async (_, text) => {
  const found = await find({ 'f.yaml': `# ${text}`, 'f.sh': text, 'g.yaml': text.startsWith('a0') ? text : '' });
  expect(found.problems).toEqual([]);
});
