// docs/reference/cli.md from the command data: the same that help and completion are made of.
import type { Option } from 'commander'
import type { Argument, Command } from '../../src/cli/command.ts'

export function cliReference(commands: readonly Command[], globals: readonly Option[]): string {
  const list = commands.map(({ name, about }) => `| [\`${name}\`](#${anchor(name)}) | ${about.en} |`)
  const flags = globals.map(
    option => `| \`${option.flags}\` | ${cell(option.description)}${choices(option.argChoices)} |`,
  )
  return `# Commands

\`stellwerk <command> --help\` shows the same at the terminal. Results go to standard output, everything else to standard error. What the
numbers mean is in [exit codes](exit-codes.md).

| command | what it does |
|---|---|
${list.join('\n')}

Every command knows:

| flag | meaning |
|---|---|
${flags.join('\n')}

${commands.map(section).join('\n')}`
}

function section(command: Command): string {
  const args = (command.args ?? []).map(
    argument => `| \`${placeholder(argument)}\` | ${cell(argument.about.en)} |`,
  )
  const flags = (command.flags ?? []).map(
    ({ name, value, about, values }) =>
      `| \`--${name}${value === undefined ? '' : ` <${value}>`}\` | ${cell(about.en)}${choices(values)} |`,
  )
  const rows = [...args, ...flags]
  const usage = ['stellwerk', command.name, ...(command.args ?? []).map(placeholder)].join(' ')
  return `## ${command.name}

${capital(command.about.en)}: \`${usage}\`
${rows.length === 0 ? '' : `\n| word | meaning |\n|---|---|\n${rows.join('\n')}\n`}
\`\`\`
${command.examples.join('\n')}
\`\`\`
Exit codes: ${[...command.exits].sort((a, b) => a - b).join(', ')}
`
}

function placeholder(argument: Argument): string {
  const name = argument.rest ? `${argument.name}...` : argument.name
  return argument.required ? `<${name}>` : `[${name}]`
}

function choices(values: readonly string[] | undefined): string {
  return values === undefined ? '' : ` (${values.map(value => `\`${value}\``).join(', ')})`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

function anchor(name: string): string {
  return name.replaceAll(' ', '-')
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
