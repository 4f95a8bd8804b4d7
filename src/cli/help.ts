/** What `--help` says (pure): examples first, then the options, in lines of at most 100 columns, fewer where there are fewer. */
import type { InputDefinition } from '../config/index.ts';
import { foldText, program } from '../model/index.ts';
import {
  commandNames,
  commands,
  isOnByDefault,
  ownOptionsOf,
  valueOf,
  variableOf,
  type Command,
  type CommandName,
  type OwnOption,
} from './options.ts';

const widest = 100;

/** `columns`: of the terminal. */
export function renderHelp(of?: CommandName, columns = widest): string {
  const width = Math.min(widest, columns);
  const lines = of === undefined ? renderWhole(width) : renderCommand(commands[of], width);
  return `${foldText(lines.join('\n'), width)}\n`;
}

function renderWhole(width: number): readonly string[] {
  return [
    `${program.replace('/', ' ')}: deletes the stale tags of a private container registry, and nothing else.`,
    '',
    'Usage: registry-prune [COMMAND] [REGISTRY] [options]',
    '',
    'Commands',
    ...commandNames.map((name) => `  ${name.padEnd(12)}${commands[name].summary}`),
    `  ${'completion'.padEnd(12)}print what bash, zsh or fish completes with`,
    `  ${'help'.padEnd(12)}the options of a command, with examples: registry-prune help prune`,
    '',
    'From nothing to a clean registry',
    ...renderExamples(
      [
        { about: 'What is there?', line: 'registry-prune ls localhost:5000' },
        ...commands.prune.examples,
        {
          about: 'A mistake? Every run leaves a journal.',
          line: 'registry-prune restore localhost:5000 --journal-file FILE',
        },
      ],
      width,
    ),
    ...wrap(
      "Every option may come from the environment instead, as REGISTRY_PRUNE_ and its name: REGISTRY_PRUNE_KEEP_LAST=10. Passwords and keys come only from there, from --password-stdin, or from Docker's own login (docker login).",
      width,
    ),
    '',
    'Exit codes',
    '  0  done',
    '  1  failed, or only a part was done',
    '  2  wrong usage',
    '  3  refused before anything was deleted: by max-deletions, by a catalog in doubt, or by you',
  ];
}

function renderCommand(command: Command, width: number): readonly string[] {
  return [
    `registry-prune ${command.name}: ${command.summary}.`,
    '',
    `Usage: registry-prune ${command.name} [REGISTRY] [options]`,
    '',
    ...renderExamples(command.examples, width),
    'Options',
    ...[...command.inputs].filter(({ secret }) => secret !== true).flatMap((input) => renderInput(input, width)),
    ...ownOptionsOf(command.name).flatMap((option) => renderOwn(option, width)),
    '',
    'Only from the environment',
    ...[...command.inputs].filter(({ secret }) => secret === true).flatMap((input) => renderInput(input, width)),
  ];
}

function renderExamples(examples: Command['examples'], width: number): readonly string[] {
  return examples.flatMap(({ about, line }) => [`  # ${about}`, ...foldCommand(line, width), '']);
}

function renderInput(input: InputDefinition, width: number): readonly string[] {
  const { name, secret, required, default: otherwise } = input;
  const value = valueOf(input);
  const option = isOnByDefault(input) ? `--no-${name}` : `--${name}${value === undefined ? '' : ` ${value}`}`;
  const notes = [
    ...(required === undefined ? [] : [required === true ? 'required' : `required ${required}`]),
    ...(otherwise === undefined || input.type === 'boolean' ? [] : [`default: ${otherwise}`]),
    ...(input.type === 'list' ? ['may be repeated'] : []),
  ];
  const shown = secret === true ? variableOf(name) : option;
  return renderOption(`${shown}${notes.length === 0 ? '' : `  (${notes.join(', ')})`}`, ofSwitch(input), width);
}

/** What a workflow writes as `true` or `false` is said by the option itself. */
function ofSwitch({ type, description }: InputDefinition): string {
  if (type !== 'boolean') return description;
  return description.replace(/^`(?:true|false)`:? (.)/, (_, first: string) => first.toUpperCase());
}

function renderOwn({ name, short, value, description }: OwnOption, width: number): readonly string[] {
  const option = `--${name}${value === undefined ? '' : ` ${value}`}`;
  return renderOption(short === undefined ? option : `-${short}, ${option}`, description, width);
}

function renderOption(head: string, description: string, width: number): readonly string[] {
  return [`  ${head}`, ...wrap(description.replaceAll('`', ''), width - 6).map((line) => `      ${line}`)];
}

/** At spaces; a word that is longer stands by itself. */
export function wrap(text: string, most: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** A command in several lines, as a shell takes them; broken in front of options. */
function foldCommand(line: string, width: number): readonly string[] {
  const parts = line.split(/ (?=--|\| )/);
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + part.length <= width - 6) lines[lines.length - 1] = `${last} ${part}`;
    else lines.push(part);
  }
  return lines.map((each, index) => `  ${index === 0 ? '' : '  '}${each}${index < lines.length - 1 ? ' \\' : ''}`);
}
