/** What bash, zsh and fish complete with (pure), made of the same definitions as everything else. */
import { inputDefinitions, type InputDefinition } from '../config/index.ts';
import {
  commandNames,
  commands,
  isOnByDefault,
  ownOptionsOf,
  shells,
  valueOf,
  type CommandName,
  type Shell,
} from './options.ts';

export function renderCompletion(shell: Shell): string {
  return `${{ bash, zsh, fish }[shell]().join('\n')}\n`;
}

type Completed = { readonly option: string; readonly value: string | undefined; readonly about: string };

/** What may be typed; secrets are no options. */
function optionsOf(command: CommandName): readonly Completed[] {
  const inputs = commands[command].inputs.filter(({ secret }) => secret !== true);
  return [
    ...inputs.map((input) => ({
      option: isOnByDefault(input) ? `no-${input.name}` : input.name,
      value: valueOf(input),
      about: firstSentence(input.description),
    })),
    ...ownOptionsOf(command).map(({ name, value, description }) => ({
      option: name,
      value,
      about: firstSentence(description),
    })),
  ];
}

/** Of a description, plain and short enough for one line beside an option. */
function firstSentence(description: string): string {
  const most = 70;
  const [sentence = ''] = description.replaceAll('`', '').split(/[.:;] /);
  return sentence.length <= most ? sentence.replace(/\.$/, '') : `${sentence.slice(0, most - 1).trimEnd()}…`;
}

const inputs: readonly InputDefinition[] = inputDefinitions;
/** The words of those inputs that take no others. */
const choices: Readonly<Record<string, string>> = Object.fromEntries(
  inputs.flatMap(({ name, type }) => (typeof type === 'object' ? [[name, type.join(' ')]] : [])),
);

const others = ['completion', 'help'];

function bash(): readonly string[] {
  const words = (names: readonly string[]): string => names.map((name) => `--${name}`).join(' ');
  const all = commandNames.flatMap(optionsOf);
  const withValue = [...new Set(all.flatMap(({ option, value }) => (value === undefined ? [] : `--${option}`)))];
  const plain = withValue.filter((option) => choices[option.slice(2)] === undefined);
  return [
    '# registry-prune, completion for bash. In ~/.bashrc: source <(registry-prune completion bash)',
    '_registry_prune() {',
    '  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} options=""',
    '  COMPREPLY=()',
    '  if [[ $COMP_CWORD -eq 1 && $word != -* ]]; then',
    `    COMPREPLY=($(compgen -W '${[...commandNames, ...others].join(' ')}' -- "$word"))`,
    '    return',
    '  fi',
    '  case $before in',
    `    completion) COMPREPLY=($(compgen -W '${shells.join(' ')}' -- "$word")); return ;;`,
    `    help) COMPREPLY=($(compgen -W '${commandNames.join(' ')}' -- "$word")); return ;;`,
    ...Object.entries(choices).map(
      ([name, values]) => `    --${name}) COMPREPLY=($(compgen -W '${values}' -- "$word")); return ;;`,
    ),
    '    # Files, by the default of `complete` below.',
    `    ${plain.join('|')}) return ;;`,
    '  esac',
    '  case ${COMP_WORDS[1]} in',
    ...commandNames
      .filter((name) => name !== 'prune')
      .map((name) => `    ${name}) options='${words(optionsOf(name).map(({ option }) => option))}' ;;`),
    `    *) options='${words(optionsOf('prune').map(({ option }) => option))}' ;;`,
    '  esac',
    '  [[ $word == -* ]] && COMPREPLY=($(compgen -W "$options" -- "$word"))',
    '}',
    'complete -o default -F _registry_prune registry-prune',
  ];
}

function zsh(): readonly string[] {
  const quoted = (text: string): string => text.replaceAll("'", "'\\''");
  const about = (text: string): string => quoted(text.replace(/[[\]:\\]/g, '\\$&'));
  const argument = ({ option, value, about: words }: Completed): string => {
    const choice = choices[option];
    const action = choice === undefined ? '_files' : `(${choice})`;
    return `'*--${option}[${about(words)}]${value === undefined ? '' : `:${value}:${action}`}'`;
  };
  return [
    '#compdef registry-prune',
    '# registry-prune, completion for zsh. In ~/.zshrc: source <(registry-prune completion zsh)',
    '_registry_prune() {',
    '  local -a known',
    `  known=(${commandNames.map((name) => `'${name}:${about(commands[name].summary)}'`).join(' ')} ${others.join(' ')})`,
    '  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then',
    "    _describe 'command' known",
    '    return',
    '  fi',
    '  case $words[2] in',
    `    completion) _values 'shell' ${shells.join(' ')} ;;`,
    `    help) _values 'command' ${commandNames.join(' ')} ;;`,
    ...commandNames
      .filter((name) => name !== 'prune')
      .map((name) => `    ${name}) _arguments ${optionsOf(name).map(argument).join(' ')} ;;`),
    `    *) _arguments ${optionsOf('prune').map(argument).join(' ')} ;;`,
    '  esac',
    '}',
    'compdef _registry_prune registry-prune',
  ];
}

function fish(): readonly string[] {
  const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const named = commandNames.filter((name) => name !== 'prune');
  const when = (name: CommandName): string =>
    name === 'prune'
      ? `not __fish_seen_subcommand_from ${[...named, ...others].join(' ')}`
      : `__fish_seen_subcommand_from ${name}`;
  return [
    '# registry-prune, completion for fish: registry-prune completion fish > ~/.config/fish/completions/registry-prune.fish',
    'complete -c registry-prune -f',
    ...commandNames.map(
      (name) => `complete -c registry-prune -n __fish_use_subcommand -a ${name} -d ${quoted(commands[name].summary)}`,
    ),
    `complete -c registry-prune -n __fish_use_subcommand -a '${others.join(' ')}'`,
    `complete -c registry-prune -n '__fish_seen_subcommand_from completion' -a '${shells.join(' ')}'`,
    `complete -c registry-prune -n '__fish_seen_subcommand_from help' -a '${commandNames.join(' ')}'`,
    ...commandNames.flatMap((name) =>
      optionsOf(name).map(({ option, value, about }) => {
        const choice = choices[option];
        const files = choice === undefined ? ' -r -F' : ` -x -a '${choice}'`;
        return `complete -c registry-prune -n ${quoted(when(name))} -l ${option}${value === undefined ? '' : files} -d ${quoted(about)}`;
      }),
    ),
  ];
}
