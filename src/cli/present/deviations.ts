// The deviations list: what the document claims, what was found, what mends it. Markdown, the same for the same findings but for its time.
import type { Claim } from '../../config/claim.ts'
import { type Lang, type Text, text } from '../../core/lang.ts'
import type { DoctorFinding, Weight } from '../../procedures/doctor-finding.ts'
import { isConfigProblem } from './config-problem.ts'
import { printable } from './printable.ts'

export interface Deviations {
  readonly app: string
  readonly environment: string
  readonly hosts: readonly string[]
  readonly at: Date
  /** In their order. */
  readonly findings: readonly (DoctorFinding & { readonly claim?: Claim })[]
  readonly held: readonly string[]
  readonly left: readonly { readonly check: string; readonly why: Text }[]
}

const headings: Readonly<Record<Weight, Text>> = {
  blocks: text('Not as claimed', 'Nicht wie behauptet'),
  unknown: text('Unknown, and so not proven', 'Unbekannt, also nicht bewiesen'),
  warns: text('Worth knowing', 'Wissenswert'),
}

export function deviations(input: Deviations, lang: Lang): string {
  const { app, environment, hosts, at, findings, held, left } = input
  const say = (en: string, de: string) => (lang === 'de' ? de : en)
  const when = `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
  const head = `# ${say('Deviations', 'Abweichungen')}: ${app}, ${environment}

${when} · ${hosts.join(', ')}

${say(
  'What the document claims, held against what was found. Nothing was changed.',
  'Was das Dokument behauptet, gegen das gehalten, was gefunden wurde. Es wurde nichts geändert.',
)}
`
  let number = 0
  const sections = (['blocks', 'unknown', 'warns'] as const).flatMap(weight => {
    const ofIt = findings.filter(finding => finding.weight === weight)
    if (ofIt.length === 0) return []
    return [`## ${headings[weight][lang]}\n`, ...ofIt.map(finding => entry(finding, ++number, lang))]
  })
  const rest = [
    ...(held.length > 0
      ? [`## ${say('As claimed', 'Wie behauptet')}\n\n${held.map(name => `- \`${name}\`\n`).join('')}`]
      : []),
    ...(left.length > 0
      ? [
          `## ${say('Not asked', 'Nicht gefragt')}\n\n${left.map(({ check, why }) => `- \`${check}\`: ${plain(why[lang])}\n`).join('')}`,
        ]
      : []),
  ]
  const count = (weight: Weight) => findings.filter(finding => finding.weight === weight).length
  const counts = say(
    `${count('blocks')} not as claimed, ${count('unknown')} unknown, ${count('warns')} worth knowing, ${held.length} as claimed, ${left.length} not asked`,
    `${count('blocks')} nicht wie behauptet, ${count('unknown')} unbekannt, ${count('warns')} wissenswert, ${held.length} wie behauptet, ${left.length} nicht gefragt`,
  )
  return `${[head, ...sections, ...rest].join('\n')}\n---\n${counts}\n`
}

function entry({ problem, claim }: Deviations['findings'][number], number: number, lang: Lang): string {
  const say = (en: string, de: string) => (lang === 'de' ? de : en)
  const { what, why, where, evidence, next = [], code } = problem
  const excerpt = isConfigProblem(problem) ? problem.excerpt.text.trim() : undefined
  const place = [where?.file, where?.line].filter(part => part !== undefined).join(':')
  const claims = claim
    ? `- ${say('Claimed', 'Behauptet')}: \`${claim.key}\`, ${claim.file}:${claim.line}\n${fenced(claim.text, 'yaml')}`
    : excerpt === undefined
      ? `- ${say('Claimed', 'Behauptet')}: ${say('nothing; every deploy needs it', 'nichts; jeder Deploy braucht es')}\n`
      : `- ${say('Claimed', 'Behauptet')}: ${place}\n${fenced(excerpt, 'yaml')}`
  const host = where?.host === undefined ? '' : `${where.host}: `
  const seen = `- ${say('Found', 'Gefunden')}: ${host}${plain((why ?? what)[lang])}\n${evidence === undefined ? '' : fenced(printable(evidence.trimEnd()), '')}`
  const mends = next.map(one => `- ${say('Mends it', 'Das behebt es')}: ${plain(one[lang])}\n`).join('')
  return `### ${number}. ${plain(what[lang])} (${code})\n\n${claims}${seen}${mends}`
}

/** Nothing that was found becomes a tag or a second line. */
function plain(words: string): string {
  return printable(words).replaceAll(/\s+/g, ' ').replaceAll('<', '&lt;').trim()
}

function fenced(words: string, language: string): string {
  const inner = words
    .split('\n')
    .map(line => `  ${line}\n`)
    .join('')
  return `  \`\`\`${language}\n${inner}  \`\`\`\n`
}
