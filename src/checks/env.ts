// Variables of the app. Their values are looked at here, in memory, and never become part of what is told.
import type { EnvCheck } from '../config/schema/check.ts'
import { type Text, text } from '../core/lang.ts'
import { quote } from '../core/shell.ts'
import { envByHand } from './by-hand-host.ts'
import { type Attempt, attempt, type CheckContext } from './context.ts'
import { parseDotenv } from './dotenv.ts'
import { belowRoot, joinTexts } from './findings.ts'
import type { Said } from './host-script.ts'
import { match } from './matcher.ts'
import type { Probe } from './probe.ts'
import type { References } from './references.ts'

export const envProbe: Probe<EnvCheck> = {
  place: () => 'host',
  ofHost: () => true,
  byHand: envByHand,
  describe: ({ file, service }) => {
    const place = [file, service].filter(part => part !== undefined).join(', ')
    return text(`variables of ${place}`, `Variablen von ${place}`)
  },
  script: {
    fragment: (check, { root }) => textFragment(check.file, root),
    judge: (check, said, _, context, references) => judgeEnv(check, said, context, references),
  },
}

/** Longest file that travels; one of variables is a few kB. */
const longestText = 60_000

/** Tells the text of a small file: `text`, or `noroot`, `nofile`, `noread`, `long`. Also its mode and age for who asks. */
export function textFragment(file: string | undefined, root: string | undefined): string {
  if (file === undefined) return 'sw_say nothing yes'
  const path = belowRoot(file, root)
  if (path === undefined) return 'sw_say noroot yes'
  return `sw_path=${quote(path)}
[ -e "$sw_path" ] || { sw_say nofile yes; exit; }
[ -f "$sw_path" ] && [ -r "$sw_path" ] || { sw_say noread yes; exit; }
stat -L -c '%a %Y' "$sw_path" 2>/dev/null | sw_tell stat
[ "$(wc -c <"$sw_path")" -le ${longestText} ] || { sw_say long yes; exit; }
cat "$sw_path" | sw_tell text
sw_say whole yes`
}

/** Why the text of textFragment is not there; undefined when it is. */
export function noText(file: string, { values }: Said): Attempt | undefined {
  const because = (en: string, de: string) => attempt('unknown', text(`${file} ${en}`, `${file} ${de}`))
  if (values['noroot']) return because('starts nowhere', 'beginnt nirgends')
  if (values['nofile']) return because('does not exist', 'existiert nicht')
  if (values['noread']) return because('cannot be read', 'ist nicht lesbar')
  if (values['long']) return because('is too long to be looked at', 'ist zu lang, um angesehen zu werden')
  return values['whole'] ? undefined : because('did not arrive as a whole', 'kam nicht vollständig an')
}

/** Values that stand for a decision nobody has made. */
const undecided =
  /^(change[-_ ]?(me|it|this)|replace[-_ ]?(me|this)|fill[-_ ]?(me[-_ ]?)?in|to[-_ ]?do|tbd|fixme|x{3,}|\?+|\.{3}|placeholder|your[-_ ].*|<.*>|\[[A-Z _-]+\]|\{\{.*\}\})$/i

export function isUndecided(value: string): boolean {
  const bare = value.trim()
  return undecided.test(bare) || /change[-_]?me/i.test(bare)
}

function judgeEnv(check: EnvCheck, said: Said, context: CheckContext, references: References): Attempt {
  const variables = new Map<string, string>()
  if (check.file !== undefined) {
    const none = noText(check.file, said)
    if (none !== undefined) return none
    const { variables: read, strange } = parseDotenv(said.values['text'] ?? '')
    if (strange.length > 0) {
      const lines = strange.slice(0, 10).join(', ')
      return attempt(
        'unknown',
        text(
          `${check.file} holds what is no variable (line ${lines})`,
          `${check.file} enthält, was keine Variable ist (Zeile ${lines})`,
        ),
      )
    }
    if (read.size === 0 && check.service === undefined)
      return attempt(
        'unknown',
        text(`${check.file} holds no variable`, `${check.file} enthält keine Variable`),
      )
    for (const [name, value] of read) variables.set(name, value)
  }
  if (check.service !== undefined) {
    if (check.given?.variables === undefined)
      return attempt(
        'unknown',
        text(`nothing is known of ${check.service}`, `über ${check.service} ist nichts bekannt`),
      )
    for (const [name, value] of Object.entries(check.given.variables))
      variables.set(name, references.resolve(value))
    const missing = references.missing.filter(name => context.secret(name) === undefined)
    // A reference that is no secret of ours is the service's own business, and no value to judge.
    if (missing.length > 0 && isAsked(check, missing, check.given.variables))
      return attempt(
        'unknown',
        text(`no value for ${missing.join(', ')}`, `kein Wert für ${missing.join(', ')}`),
      )
  }
  return judgeVariables(check, variables)
}

function isAsked(
  check: EnvCheck,
  missing: readonly string[],
  given: Readonly<Record<string, string>>,
): boolean {
  const asked = [...check.require, ...Object.keys(check.match)]
  return asked.some(name => missing.some(one => given[name]?.includes(`\${${one}}`)))
}

/** A sentence for each variable that is not as it must be: its name and what is expected, never what it holds. So no value need be
 *  taken out of it again, which would take the same word out of what is expected. */
function judgeVariables(check: EnvCheck, variables: ReadonlyMap<string, string>): Attempt {
  const { require: required, forbid, match: matchers, placeholders } = check
  const unset = required.filter(name => (variables.get(name) ?? '').trim() === '')
  const wrong = Object.entries(matchers).flatMap(([name, matcher]) => {
    const failure = match(text(name, name), variables.get(name), matcher, {
      source: 'text',
      redact: () => '(hidden)',
    })
    return failure === undefined ? [] : [failure]
  })
  const forbidden = forbid.filter(name => variables.has(name))
  const open =
    placeholders === 'allowed'
      ? []
      : [...variables].filter(([, value]) => isUndecided(value)).map(([name]) => name)
  const details = { variables: variables.size }
  const parts: Text[] = [
    ...list(unset, 'not set', 'nicht gesetzt'),
    ...wrong,
    ...list(forbidden, 'set, but forbidden', 'gesetzt, aber verboten'),
    ...list(open, 'still a placeholder', 'noch ein Platzhalter'),
  ]
  if (parts.length > 0) return attempt('fail', joinTexts(parts, '; ', '; '), details)
  const count = variables.size
  return attempt(
    'pass',
    text(`${count} variables as they must be`, `${count} Variablen, wie sie sein müssen`),
    details,
  )
}

function list(names: readonly string[], en: string, de: string): readonly Text[] {
  if (names.length === 0) return []
  return [text(`${names.join(', ')}: ${en}`, `${names.join(', ')}: ${de}`)]
}
