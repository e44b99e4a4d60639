import type { BrokenSet, StoredSet } from '../../backup/set.ts'
import { isPartial, setTime, unboundText } from '../../backup/set.ts'
import { formatBytes } from '../../core/bytes.ts'
import { formatDuration } from '../../core/duration.ts'
import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import type { Lang } from '../../core/lang.ts'
import { type Context, textFlag } from '../context.ts'
import { chosen, type Seen, seeDestinations } from '../destinations.ts'
import { exitFor, showProblems, showResult } from '../outcome.ts'
import { table } from '../present/table.ts'
import { withSession } from '../session.ts'
import { refuse } from '../under-lock.ts'

export async function run(context: Context): Promise<ExitCode> {
  return withSession(context, async session => {
    const { config } = session
    const wanted = chosen(config, textFlag(context, 'destination'))
    if (!wanted.ok) return refuse(context, [wanted.error])
    const seen = await seeDestinations(session, wanted.value)
    session.presenter.end()
    const problems = seen.flatMap(({ problem }) => problem ?? [])
    showProblems(context, problems)
    const now = context.wiring.clock.now().getTime()
    showResult(
      context,
      'stellwerk.backup.list/1',
      { environment: config.environment.name, destinations: seen.map(view) },
      () => seen.map(one => render(one, now, context.lang)).join('\n'),
    )
    const [first] = problems
    return first ? exitFor(first) : exitCode.done
  })
}

function view({ name, optional, catalogue, problem }: Seen) {
  if (problem) return { destination: name, optional, problem }
  return {
    destination: name,
    optional,
    sets: catalogue.sets.map(set => ({
      id: set.id,
      class: set.class,
      state: set.state,
      createdAt: set.manifest.createdAt,
      bytes: bytesOf(set),
      stores: [...new Set(set.manifest.parts.map(({ store }) => store))],
      release: set.manifest.release?.id ?? null,
      verified: set.verified ?? null,
      drilled: set.drilled ?? null,
      suspicions: set.manifest.suspicions,
      missing: set.manifest.missing ?? [],
      accepted: set.accepted ?? null,
    })),
    broken: catalogue.broken.map(({ id, class: setClass, why }) => ({ id, class: setClass, why })),
    strangers: catalogue.strangers,
  }
}

function bytesOf({ manifest }: StoredSet): number {
  return manifest.parts.reduce((sum, part) => sum + part.bytes, 0)
}

function render({ name, catalogue, problem }: Seen, now: number, lang: Lang): string {
  if (problem) return `${name}: ${lang === 'de' ? 'nicht bekannt' : 'not known'}\n`
  const de = lang === 'de'
  const head = de ? ['Satz', 'Klasse', 'Alter', 'Größe', 'Zustand'] : ['Set', 'Class', 'Age', 'Size', 'State']
  const age = (id: string) => formatDuration(Math.max(0, now - setTime(id)))
  const rows = [
    ...catalogue.sets.map(set => [
      set.id,
      set.class,
      age(set.id),
      formatBytes(bytesOf(set)),
      `${stateOf(set, lang)}${acceptedText(set, lang)}`,
    ]),
    ...catalogue.broken.map(set => [set.id, set.class, age(set.id), '', brokenText(set, lang)]),
  ].toSorted(([a = ''], [b = '']) => (a < b ? 1 : -1))
  const none = de ? 'noch kein Satz' : 'no set yet'
  const strangers =
    catalogue.strangers.length === 0
      ? ''
      : `! ${de ? 'nicht von uns' : 'not ours'}: ${catalogue.strangers.join(', ')}\n`
  return `${name}\n${rows.length === 0 ? `${none}\n` : table([head, ...rows])}${strangers}`
}

function stateOf(set: StoredSet, lang: Lang): string {
  const { state, drilled, manifest } = set
  const de = lang === 'de'
  switch (state) {
    case 'stored': {
      const why = unboundText(set)?.[lang]
      return `${de ? 'abgelegt, nicht verifiziert' : 'stored, not verified'}${why === undefined ? '' : `: ${why}`}`
    }
    case 'verified':
      return de ? 'verifiziert' : 'verified'
    case 'drilled': {
      const [at, took] = [drilled?.at.slice(0, 10) ?? '?', formatDuration(drilled?.rto ?? 0)]
      return de ? `geübt am ${at} in ${took}` : `drilled ${at} in ${took}`
    }
    case 'suspect': {
      const why = manifest.suspicions.map(each => each[lang]).join('; ')
      const partial = isPartial(manifest)
      if (partial) return `${de ? 'unvollständig' : 'partial'}: ${why}`
      return `${de ? 'verdächtig' : 'suspect'}: ${why}`
    }
  }
}

function acceptedText({ accepted }: StoredSet, lang: Lang): string {
  if (!accepted) return ''
  const { by, reason } = accepted
  return lang === 'de' ? `; von ${by} angenommen: ${reason}` : `; accepted by ${by}: ${reason}`
}

function brokenText({ why }: BrokenSet, lang: Lang): string {
  if (why === 'no manifest') return lang === 'de' ? 'unvollständig: kein Manifest' : 'broken: no manifest'
  return lang === 'de' ? 'defekt: Manifest nicht lesbar' : 'broken: the manifest cannot be read'
}
