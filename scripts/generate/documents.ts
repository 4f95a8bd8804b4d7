/** The generated documents (pure): what is in the file → what belongs there. */
import { stringify } from 'yaml';
import { inputDefinitions } from '../../src/config/inputs.ts';
import { outputDefinitions } from '../../src/config/outputs.ts';
import type { InputDefinition } from '../../src/config/definition.ts';
import { renderPolicySchema } from './policy-schema.ts';

export type GeneratedDocument = {
  /** Path from the root of the project. */
  readonly name: string;
  readonly render: (current: string | undefined) => string;
};

export const generated: readonly GeneratedDocument[] = [
  { name: 'action.yml', render: renderAction },
  { name: 'README.md', render: renderReadme },
  { name: 'policy.schema.json', render: renderPolicySchema },
];

const inputs: readonly InputDefinition[] = inputDefinitions;

export function renderAction(): string {
  const action = {
    name: 'registry-prune',
    description: 'Deletes the stale tags of a private container registry, and nothing else.',
    author: 'The authors of registry-prune',
    branding: { icon: 'scissors', color: 'blue' },
    inputs: Object.fromEntries(
      inputs.map((input) => [
        input.name,
        {
          description: input.description,
          // Not enforced by GitHub, but by tools that check workflows; the program does it, and says it better.
          required: input.required === true,
          ...actionDefault(input),
        },
      ]),
    ),
    outputs: Object.fromEntries(outputDefinitions.map(({ name, description }) => [name, { description }])),
    runs: { using: 'node24', main: 'dist/index.js' },
  };
  return [
    '# Generated from src/config/ by `node scripts/generate.ts`: change the definitions there.',
    stringify(action, { lineWidth: 0, singleQuote: true }),
  ].join('\n');
}

/** None for a part of the rule: `InputDefinition` says why. */
function actionDefault({ default: otherwise, expression, ofRule }: InputDefinition): { readonly default?: string } {
  const text = expression ?? (ofRule ? undefined : otherwise);
  return text === undefined ? {} : { default: text };
}

/** README.md with the sections between its markers replaced; a new one has nothing but them. */
export function renderReadme(current: string | undefined): string {
  const text =
    current ??
    ['# registry-prune', '## Inputs', empty('inputs'), '## Outputs', empty('outputs'), ''].join('\n\n').trimEnd() +
      '\n';
  return replaceSection(replaceSection(text, 'inputs', inputsTable()), 'outputs', outputsTable());
}

function inputsTable(): string {
  const rows = inputs.map((input) => [`\`${input.name}\``, shownDefault(input), input.description]);
  return renderTable(['Input', 'Default', 'Meaning'], rows);
}

function shownDefault({ required, default: otherwise, expression }: InputDefinition): string {
  if (required !== undefined) return required === true ? '**required**' : '**required** without `policy`';
  const text = expression ?? otherwise;
  return text === undefined ? '' : `\`${text}\``;
}

function outputsTable(): string {
  const rows = outputDefinitions.map((output) => [`\`${output.name}\``, output.description]);
  return renderTable(['Output', 'Meaning'], rows);
}

/** Padded to columns, as Prettier leaves it. */
function renderTable(head: readonly string[], body: readonly (readonly string[])[]): string {
  const rows = [head, ...body].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[], fill: string): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width, fill)).join(' | ')} |`;
  const [first = [], ...others] = rows;
  return [line(first, ' '), line([], '-'), ...others.map((row) => line(row, ' '))].join('\n');
}

function markers(section: string): readonly [begin: string, end: string] {
  return [`<!-- ${section}:begin -->`, `<!-- ${section}:end -->`];
}

function empty(section: string): string {
  return markers(section).join('\n\n');
}

function replaceSection(text: string, section: string, content: string): string {
  const [begin, end] = markers(section);
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from === -1 || to === -1)
    throw new Error(`README.md has no section between ${begin} and ${end}: put the two lines back.`);
  return `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`;
}
