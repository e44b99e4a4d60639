// docs/reference/known-errors.md: what the errors that people meet again and again mean, from the table that failures are explained by.
import { knownErrors } from '../../src/checks/known-errors.ts'

export function knownErrorsReference(): string {
  const rows = knownErrors.map(
    ({ pattern, why }) => `| ${saidBy(pattern)} | ${why.en.replaceAll('|', '\\|')} |`,
  )
  return `# Known errors

When a command, a log or a check says one of these, the problem says behind it what that means.

| what is said | what it means |
|---|---|
${rows.join('\n')}
`
}

/** `one|or another` as a person reads it. */
function saidBy({ source }: RegExp): string {
  const plain = (part: string) =>
    part.replaceAll(/\\(.)/g, '$1').replace(/\$$/, '').replaceAll(' ?', ' ').replaceAll('-?', '-')
  return source
    .split('|')
    .map(part => `\`${plain(part)}\``)
    .join(', ')
}
