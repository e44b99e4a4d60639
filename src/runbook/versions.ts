// The version table and the list of contacts, as rows: one writer for the terminal, one for Markdown.
import type { Contact } from '../config/schema/contact.ts'
import type { Lang } from '../core/lang.ts'

/** A release as its record on the hosts tells. */
export interface Version {
  readonly version: string
  /** ISO 8601, UTC: first proven, else the last change of state. */
  readonly at: string
  readonly by: string
  readonly release: string
  readonly state: string
  readonly notes: string
  /** Serves now, on these hosts. */
  readonly live: readonly string[]
  readonly hosts: readonly string[]
}

/** Of one host each. */
export interface KnownRelease {
  readonly host: string
  readonly current: boolean
  readonly id: string
  readonly version: string
  readonly dirty: boolean
  readonly by: string
  readonly notes: string
  readonly state: string
  readonly stateAt: string
  readonly provenAt?: string | undefined
}

/** Newest first; a release whose state differs between hosts says all of them. */
export function versionsOf(known: readonly KnownRelease[]): readonly Version[] {
  const ids = [...new Set(known.map(({ id }) => id))].sort().reverse()
  return ids.flatMap(id => {
    const same = known.filter(release => release.id === id)
    const [first] = same
    if (!first) return []
    return [
      {
        version: `${first.version}${first.dirty ? ' (dirty)' : ''}`,
        at: first.provenAt ?? first.stateAt,
        by: first.by,
        release: id,
        state: [...new Set(same.map(({ state }) => state))].join(', '),
        notes: first.notes,
        live: same.filter(({ current }) => current).map(({ host }) => host),
        hosts: same.map(({ host }) => host),
      },
    ]
  })
}

export function versionRows(
  versions: readonly Version[],
  lang: Lang,
  day: (at: string) => string,
): readonly (readonly string[])[] {
  const head =
    lang === 'de'
      ? ['Version', 'Datum', 'Wer', 'Release', 'Zustand', 'Notizen']
      : ['Version', 'Date', 'Who', 'Release', 'State', 'Notes']
  const serves = lang === 'de' ? 'dient' : 'serves'
  return [
    head,
    ...versions.map(({ version, at, by, release, state, notes, live }) => [
      version,
      day(at),
      by,
      release,
      live.length > 0 ? `${state}, ${serves}` : state,
      notes,
    ]),
  ]
}

export function contactRows(contacts: readonly Contact[], lang: Lang): readonly (readonly string[])[] {
  const head =
    lang === 'de'
      ? ['Name', 'Rolle', 'E-Mail', 'Telefon', 'erreichbar', 'entscheidet']
      : ['Name', 'Role', 'Email', 'Phone', 'available', 'decides']
  return [
    head,
    ...contacts.map(({ name, role, email, phone, available, decides }) => [
      name,
      role ?? '',
      email ?? '',
      phone ?? '',
      available ?? '',
      decides.join(', '),
    ]),
  ]
}
