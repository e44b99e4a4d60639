// Completion scripts from the command data: static text, nothing is run at each key press.
import type { Lang } from '../core/lang.ts'
import type { Command } from './command.ts'
import { globalOptions } from './program.ts'

export type Shell = 'bash' | 'zsh' | 'fish'

export function isShell(name: string): name is Shell {
  return name === 'bash' || name === 'zsh' || name === 'fish'
}

export function completionScript(shell: Shell, commands: readonly Command[], lang: Lang): string {
  const global = globalOptions(lang).flatMap(option => option.long ?? [])
  switch (shell) {
    case 'bash':
      return bash(commands, global)
    case 'zsh':
      return `#compdef stellwerk\nautoload -U +X bashcompinit && bashcompinit\n${bash(commands, global)}`
    case 'fish':
      return fish(commands, lang)
  }
}

function verbsOf(commands: readonly Command[]): readonly string[] {
  return [...new Set(commands.map(command => command.name.split(' ')[0] ?? ''))]
}

function flagsOf(command: Command): readonly string[] {
  return (command.flags ?? []).map(flag => `--${flag.name}`)
}

function bash(commands: readonly Command[], global: readonly string[]): string {
  const cases = verbsOf(commands).map(verb => {
    const group = commands.filter(command => command.name.split(' ')[0] === verb)
    const subs = group.flatMap(command => command.name.split(' ').slice(1))
    const words = [...subs, ...group.flatMap(flagsOf), ...global]
    return `    ${verb}) words="${[...new Set(words)].join(' ')}" ;;`
  })
  return `_stellwerk() {
  local words
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    *) words="${verbsOf(commands).join(' ')} --help --version" ;;
  esac
  if [ "$COMP_CWORD" -le 1 ]; then words="${verbsOf(commands).join(' ')} --help --version"; fi
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _stellwerk stellwerk
`
}

function fish(commands: readonly Command[], lang: Lang): string {
  const quoted = (words: string) => words.replaceAll("'", "\\'")
  const lines = commands.flatMap(command => {
    const [verb = '', sub] = command.name.split(' ')
    const own =
      sub === undefined
        ? `complete -c stellwerk -n __fish_use_subcommand -a ${verb} -d '${quoted(command.about[lang])}'`
        : `complete -c stellwerk -n '__fish_seen_subcommand_from ${verb}' -a ${sub} -d '${quoted(command.about[lang])}'`
    const flags = (command.flags ?? []).map(
      flag =>
        `complete -c stellwerk -n '__fish_seen_subcommand_from ${verb}' -l ${flag.name}${flag.value === undefined ? '' : ' -r'} -d '${quoted(flag.about[lang])}'`,
    )
    return [own, ...flags]
  })
  return `${lines.join('\n')}\n`
}
