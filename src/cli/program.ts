// commander, fed with the command data. Its own exits and texts never reach the user unmapped: usage errors are exit 2.
import { CommanderError, Option, Command as Program } from 'commander'
import { type ExitCode, exitCode } from '../core/exit-code.ts'
import type { Lang, Text } from '../core/lang.ts'
import type { Argument, Command } from './command.ts'
import type { Io } from './io.ts'

export interface Invocation {
  readonly command: Command
  readonly args: Readonly<Record<string, string | undefined>>
  readonly rest: readonly string[]
  readonly flags: Readonly<Record<string, string | boolean | readonly string[] | undefined>>
}

export type Parsed =
  | { readonly kind: 'run'; readonly invocation: Invocation }
  | { readonly kind: 'exit'; readonly code: ExitCode }

const title: Text = {
  en: 'Deploys that prove what they did, and undo themselves',
  de: 'Deploys, die beweisen, was sie taten, und sich selbst zurücknehmen',
}

const groups: Readonly<Record<string, Text>> = {
  database: { en: 'the databases of the app', de: 'die Datenbanken der App' },
  destination: { en: 'where backups go', de: 'wohin Backups gehen' },
  keys: { en: 'keys that sign bundles', de: 'Schlüssel, die Bundles signieren' },
}

const germanTitles: Readonly<Record<string, string>> = {
  'Usage:': 'Aufruf:',
  'Arguments:': 'Argumente:',
  'Options:': 'Optionen:',
  'Commands:': 'Befehle:',
}

const start: Text = {
  en: `
Start here:
  stellwerk init                  write a stellwerk.yaml for this directory
  stellwerk doctor production     prove that a deploy can work, without changing anything
  stellwerk plan deploy production
  stellwerk deploy production
`,
  de: `
So fängt es an:
  stellwerk init                  eine stellwerk.yaml für dieses Verzeichnis schreiben
  stellwerk doctor production     beweisen, dass ein Deploy gelingen kann, ohne etwas zu ändern
  stellwerk plan deploy production
  stellwerk deploy production
`,
}

export function parseArguments(
  argv: readonly string[],
  commands: readonly Command[],
  lang: Lang,
  version: string,
  io: Io,
): Parsed {
  let invocation: Invocation | undefined
  const program = new Program('stellwerk')
    .description(title[lang])
    .version(version, '-V, --version', say(lang, 'print the version', 'die Version ausgeben'))
    .helpOption('-h, --help', say(lang, 'show this help', 'diese Hilfe zeigen'))
    .configureHelp({
      styleTitle: title => (lang === 'de' ? (germanTitles[title] ?? title) : title),
      // Every command has options: saying so on each line hides its arguments.
      subcommandTerm: sub =>
        [
          sub.name(),
          ...sub.registeredArguments.map(argument =>
            frame(argument.name(), argument.required, argument.variadic),
          ),
        ].join(' '),
    })
    .showSuggestionAfterError(true)
    // A flag behind `restore finish` is that command's, not one of `restore`.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: text => io.out(text), writeErr: text => usageError(text, argv, io) })
    .helpCommand(false)
  for (const command of commands) {
    addCommand(program, command, lang, found => {
      invocation = found
    })
  }
  program.addHelpText('after', start[lang])
  try {
    program.parse([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    const shown = ['commander.helpDisplayed', 'commander.version', 'commander.help'].includes(error.code)
    return { kind: 'exit', code: shown && error.exitCode === 0 ? exitCode.done : exitCode.usage }
  }
  return invocation ? { kind: 'run', invocation } : { kind: 'exit', code: exitCode.usage }
}

// commander's own words; with --json they are a document like every other problem.
function usageError(words: string, argv: readonly string[], io: Io): void {
  if (!argv.includes('--json')) {
    io.err(words)
    return
  }
  const what = words.trim().replace(/^error: /, '')
  io.err(
    `${JSON.stringify({ schema: 'stellwerk.problem/1', code: 'STW-U001', what: { en: what, de: what } })}\n`,
  )
}

function addCommand(
  program: Program,
  command: Command,
  lang: Lang,
  found: (invocation: Invocation) => void,
): void {
  const words = command.name.split(' ')
  let parent = program
  for (const word of words.slice(0, -1)) {
    const existing = parent.commands.find(candidate => candidate.name() === word)
    parent = existing ?? group(parent.command(word), word, program, lang)
  }
  const sub = settings(parent.command(words.at(-1) ?? command.name), program).description(command.about[lang])
  for (const argument of command.args ?? []) sub.argument(placeholder(argument), argument.about[lang])
  for (const flag of command.flags ?? []) {
    const option = new Option(
      flag.value === undefined ? `--${flag.name}` : `--${flag.name} <${flag.value}>`,
      flag.about[lang],
    )
    if (flag.values) option.choices([...flag.values])
    if (flag.many)
      option.argParser((value: string, earlier: readonly string[] | undefined) => [...(earlier ?? []), value])
    sub.addOption(option)
  }
  for (const option of globalOptions(lang)) sub.addOption(option)
  sub.addHelpText(
    'after',
    `\n${lang === 'de' ? 'Beispiele' : 'Examples'}:\n${command.examples.map(example => `  ${example}`).join('\n')}\n`,
  )
  sub.action(() => {
    const names = command.args ?? []
    const args: Record<string, string | undefined> = {}
    for (const [index, argument] of names.entries()) {
      const value = sub.processedArgs[index]
      if (!argument.rest && typeof value === 'string') args[argument.name] = value
    }
    const rest = names.some(argument => argument.rest)
      ? (sub.processedArgs[names.length - 1] as string[])
      : []
    found({ command, args, rest, flags: flagsOf(sub.opts()) })
  })
}

function group(sub: Program, word: string, program: Program, lang: Lang): Program {
  return settings(sub, program)
    .description(groups[word]?.[lang] ?? word)
    .helpCommand(false)
    .addOption(languageOption(lang))
}

function settings(sub: Program, program: Program): Program {
  return sub.copyInheritedSettings(program).exitOverride()
}

function placeholder(argument: Argument): string {
  return frame(argument.name, argument.required === true, argument.rest === true)
}

function frame(name: string, required: boolean, rest: boolean): string {
  const word = rest ? `${name}...` : name
  return required ? `<${word}>` : `[${word}]`
}

function say(lang: Lang, en: string, de: string): string {
  return lang === 'de' ? de : en
}

function languageOption(lang: Lang): Option {
  return new Option('--lang <language>', say(lang, 'language: de or en', 'Sprache: de oder en')).choices([
    'de',
    'en',
  ])
}

// commander camel-cases long names; the data keeps its own.
function flagsOf(options: Record<string, unknown>): Invocation['flags'] {
  const flags: Record<string, string | boolean | readonly string[] | undefined> = {}
  for (const [key, value] of Object.entries(options)) {
    flags[key.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)] = value as string | boolean
  }
  return flags
}

export function globalOptions(lang: Lang): readonly Option[] {
  const own = (en: string, de: string) => say(lang, en, de)
  return [
    new Option(
      '--config <file>',
      own(
        'configuration file (default: stellwerk.yaml here or above)',
        'Konfigurationsdatei (Vorgabe: stellwerk.yaml hier oder darüber)',
      ),
    ),
    new Option('--json', own('machine-readable output', 'maschinenlesbare Ausgabe')),
    new Option('--quiet', own('only results and problems', 'nur Ergebnisse und Probleme')),
    new Option('--verbose', own('show the output of commands', 'Ausgaben der Befehle zeigen')),
    new Option('--no-color', own('no colours', 'keine Farben')),
    languageOption(lang),
    new Option('--yes', own('answer every question with yes', 'alle Fragen mit Ja beantworten')),
  ]
}
