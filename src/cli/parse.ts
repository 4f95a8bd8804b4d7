/** From what was typed to what is to be done (pure). Every mistake is a UsageError that says what would be right. */
import { parseArgs } from 'node:util';
import { inputDefinitions, nearest, type InputDefinition } from '../config/index.ts';
import {
  commandNames,
  commands,
  isOnByDefault,
  ownOptionsOf,
  shells,
  variableOf,
  type Command,
  type CommandName,
  type OwnOption,
  type Shell,
} from './options.ts';
import { UsageError } from './usage.ts';

export type Invocation =
  | { readonly kind: 'help'; readonly of?: CommandName }
  | { readonly kind: 'version' }
  | { readonly kind: 'completion'; readonly shell: Shell }
  | {
      readonly kind: 'run';
      readonly command: CommandName;
      /** As a workflow would give them: by name, lists one item a line. */
      readonly inputs: ReadonlyMap<string, string>;
      readonly json: boolean;
      readonly yes: boolean;
      /** The password is still to be read. */
      readonly passwordStdin: boolean;
      readonly out?: string;
      readonly liveRefs?: string;
    };

type Environment = Readonly<Record<string, string | undefined>>;

const everyInput: readonly InputDefinition[] = inputDefinitions;

/** `args`: without node and the program. What is typed goes before `REGISTRY_PRUNE_…`. Throws UsageError. */
export function parseCommandLine(args: readonly string[], env: Environment): Invocation {
  const [first = ''] = args;
  if (first === 'help') return helpOf(args[1]);
  if (first === 'completion') return completionFor(args[1]);
  const isNamed = first !== '' && !first.startsWith('-') && !isAddress(first);
  const command = commands[isNamed ? commandOf(first) : 'prune'];
  const { options, positionals } = read(command, isNamed ? args.slice(1) : args);
  const help: Invocation = isNamed ? { kind: 'help', of: command.name } : { kind: 'help' };
  if (options.has('help')) return help;
  if (options.has('version')) return { kind: 'version' };
  const inputs = new Map([...environmentOf(command, env), ...inputsOf(command, options)]);
  if (args.length === 0 && inputs.size === 0) return help;
  addRegistry(inputs, positionals, options);
  // Its one purpose; `--dry-run` is none of its options.
  if (command.name === 'plan') inputs.set('dry-run', 'true');
  const [out] = options.get('out') ?? [];
  const [liveRefs] = options.get('live-refs') ?? [];
  return {
    kind: 'run',
    command: command.name,
    inputs,
    json: options.has('json'),
    yes: options.has('yes'),
    passwordStdin: options.has('password-stdin'),
    ...(out !== undefined && { out }),
    ...(liveRefs !== undefined && { liveRefs }),
  };
}

/** What may be a registry and can be no command: the default one is meant. */
function isAddress(text: string): boolean {
  return text === 'localhost' || /[.:/]/.test(text);
}

function helpOf(name: string | undefined): Invocation {
  return name === undefined ? { kind: 'help' } : { kind: 'help', of: commandOf(name) };
}

function completionFor(name: string | undefined): Invocation {
  const shell = shells.find((known) => known === name);
  if (shell === undefined) throw new UsageError(`completion: say for which shell: ${shells.join(', ')}.`);
  return { kind: 'completion', shell };
}

function commandOf(text: string): CommandName {
  const known = commandNames.find((name) => name === text);
  if (known !== undefined) return known;
  const meant = nearest(text, [...commandNames, 'help', 'completion']);
  const hint = meant === undefined ? `The commands are ${commandNames.join(', ')}.` : `Did you mean ${meant}?`;
  throw new UsageError(`There is no command ${JSON.stringify(text)}. ${hint}`);
}

type Options = ReadonlyMap<string, readonly string[]>;

/** By name all values that were given; a switch has `true` or `false`. */
function read(command: Command, args: readonly string[]): { options: Options; positionals: readonly string[] } {
  const own = ownOptionsOf(command.name);
  const inputs = new Map(command.inputs.map((input) => [input.name, input]));
  const options = new Map<string, readonly string[]>();
  const positionals: string[] = [];
  for (const token of tokensOf(command, own, args)) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value, inlineValue } = token;
    const off = name.startsWith('no-') ? inputs.get(name.slice(3)) : undefined;
    const input = inputs.get(name) ?? (off?.type === 'boolean' ? off : undefined);
    const known = own.find((each) => each.name === name);
    const key = input?.name ?? known?.name;
    if (key === undefined || (known !== undefined && !rawName.startsWith('--') && known.short !== rawName.slice(1)))
      throw new UsageError(unknownOption(command, rawName));
    if (input?.secret === true) throw new UsageError(secretOption(input));
    const isSwitch = input === undefined ? known?.value === undefined : input.type === 'boolean';
    const text = isSwitch ? switched(rawName, value, off === undefined) : textOf(rawName, value, inlineValue === true);
    const before = options.get(key);
    if (before !== undefined && input?.type !== 'list' && !(isSwitch && before[0] === text))
      throw new UsageError(`${rawName} was given more than once. Give it once.`);
    options.set(key, [...(before ?? []), text]);
  }
  return { options, positionals };
}

type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number];

/** Not strictly: what is wrong with them is said below, with what would be right. */
function tokensOf(command: Command, own: readonly OwnOption[], args: readonly string[]): readonly Token[] {
  const isSwitch = [
    ...command.inputs.map((input) => [input.name, input.type === 'boolean', undefined] as const),
    ...own.map(({ name, value, short }) => [name, value === undefined, short] as const),
  ];
  const options = Object.fromEntries(
    isSwitch.map(([name, is, short]) => [
      name,
      { type: is ? ('boolean' as const) : ('string' as const), ...(short !== undefined && { short }) },
    ]),
  );
  return parseArgs({ args: [...args], options, strict: false, tokens: true, allowPositionals: true }).tokens;
}

function switched(rawName: string, value: string | undefined, on: boolean): string {
  if (value === undefined) return String(on);
  if (on && /^(?:true|false)$/.test(value)) return value;
  throw new UsageError(`${rawName} is a switch and takes no value.`);
}

function textOf(rawName: string, value: string | undefined, isInline: boolean): string {
  if (value === undefined || (!isInline && value.startsWith('-')))
    throw new UsageError(`${rawName} needs a value. One that begins with a dash is written ${rawName}=VALUE.`);
  return value;
}

function secretOption({ name }: InputDefinition): string {
  const others = name === 'password' ? ', give --password-stdin, or log in with `docker login`' : '';
  return `--${name} is not taken from the command line, where every process of this machine can read it. Set ${variableOf(name)}${others}.`;
}

function unknownOption(command: Command, rawName: string): string {
  const name = rawName.replace(/^-+/, '').replace(/=.*$/s, '');
  const of = commandNames.filter(
    (other) =>
      commands[other].inputs.some((input) => input.name === name) ||
      ownOptionsOf(other).some((option) => option.name === name),
  );
  if (of.length > 0) return `${command.name} has no option --${name}: it is one of ${of.join(', ')}.`;
  const names = [
    ...command.inputs.filter(({ secret }) => secret !== true).map((input) => input.name),
    ...command.inputs.filter(isOnByDefault).map((input) => `no-${input.name}`),
    ...ownOptionsOf(command.name).map((option) => option.name),
  ];
  const meant = rawName.startsWith('--') ? nearest(name, names) : undefined;
  const hint = meant === undefined ? `See registry-prune ${command.name} --help.` : `Did you mean --${meant}?`;
  return `There is no option ${rawName.replace(/=.*$/s, '')}. ${hint}`;
}

function inputsOf(command: Command, options: Options): readonly (readonly [string, string])[] {
  return command.inputs.flatMap(({ name, type }) => {
    const values = options.get(name);
    if (values === undefined) return [];
    return [[name, type === 'list' ? values.join('\n') : (values[0] ?? '')] as const];
  });
}

const prefix = variableOf('');

/**
 * What the environment has for this command; other commands' variables are passed over, since one environment may serve
 * several. One that is nearly an input's is refused: nobody would see that a guard is missing.
 */
function environmentOf(command: Command, env: Environment): readonly (readonly [string, string])[] {
  const known = new Map(everyInput.map(({ name }) => [variableOf(name), name]));
  return Object.entries(env).flatMap(([variable, value]) => {
    if (!variable.startsWith(prefix) || value === undefined || value.trim() === '') return [];
    const name = known.get(variable);
    if (name === undefined) {
      const meant = nearest(
        variable.slice(prefix.length),
        [...known.keys()].map((each) => each.slice(prefix.length)),
      );
      if (meant === undefined) return [];
      throw new UsageError(`There is no variable ${variable}. Did you mean ${prefix}${meant}?`);
    }
    return command.inputs.some((input) => input.name === name) ? [[name, value] as const] : [];
  });
}

function addRegistry(inputs: Map<string, string>, positionals: readonly string[], options: Options): void {
  const [registry, other] = positionals;
  if (registry === undefined) return;
  if (other !== undefined)
    throw new UsageError(
      `Only the registry stands by itself, and ${JSON.stringify(other)} came after it. A pattern with * in it needs quotes.`,
    );
  if (options.has('registry')) throw new UsageError('The registry was given twice, as --registry and by itself.');
  inputs.set('registry', registry);
}
