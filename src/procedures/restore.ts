// restore: databases of a set in the place of the live ones, with a safety copy before and the live ones kept; services start anew,
// so that no process holds what was replaced.

import { isPartial, type StoredSet, unboundText } from '../backup/set.ts'
import type { Config, HostConfig } from '../config/config.ts'
import { type Text, text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { required } from '../core/required.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Plan } from '../engine/plan.ts'
import { noBackup } from './backup.ts'
import { layoutBlockers, runningBlockers } from './blockers.ts'
import type { HostFacts } from './facts.ts'
import { switchPhases } from './fleet.ts'
import { planOf } from './plan-frame.ts'
import { restartParts } from './restart.ts'
import { type RestoredStore, type RestoreProps, restorePhases, type Unsaved } from './restore-steps.ts'
import { databaseStores } from './stores.ts'
import { unknownName } from './unknown-name.ts'

export interface RestoreInput {
  readonly config: Config
  readonly facts: ReadonlyMap<string, HostFacts>
  readonly set: StoredSet
  readonly from: string
  /** Databases by name; none: all of the set. */
  readonly stores: readonly string[]
  readonly to: string | undefined
  /** Why a set counts that was not verified. */
  readonly acceptUnverified: string | undefined
  readonly safety: NonNullable<RestoreProps['safety']>
  readonly unsaved?: Unsaved | undefined
  /** Why what is live is not saved before it is replaced. */
  readonly withoutSafetyCopy?: string | undefined
  readonly run: string
  readonly by: string
  readonly now: Date
}

/** The plan, or everything that speaks against it at once. */
export function compileRestore(input: RestoreInput): Result<Plan, readonly Problem[]> {
  const { config, facts, set, to, safety } = input
  const { backup } = config
  if (!backup) return err([noBackup(config)])
  const chosen = chooseStores(input)
  const doubt = doubtful(set, input.acceptUnverified)
  const live = to === undefined ? config.hosts.filter(host => current(input, host) !== undefined) : []
  const problems = [
    ...(chosen.ok ? [] : chosen.error),
    ...(doubt ? [doubt] : []),
    ...live.flatMap(host => {
      const there = required(facts, host.name)
      return [...layoutBlockers(host, there), ...runningBlockers(config, host, there, undefined)]
    }),
  ]
  if (!chosen.ok || problems.length > 0) return err(problems)
  const stores = chosen.value
  const { run, by, from } = input
  const phases = restorePhases({
    ...{ config, backup, run, by, set, from, stores },
    ...(to === undefined ? { safety, unsaved: input.unsaved } : { to }),
  })
  const parts = restartParts(config, live, facts)
  const partOf = (host: HostConfig) => required(parts, host.name)
  return ok(
    planOf(input, {
      procedure: 'restore',
      // The lock was taken on all, so all give it back.
      hosts: config.hosts,
      onHostFailure: 'undo',
      phases: [
        ...phases.before,
        ...switchPhases(config, live, partOf),
        {
          id: 'settle',
          title: text('Settle', 'Abschließen'),
          steps: [...live.flatMap(host => partOf(host).settle), ...phases.settle],
        },
      ],
      summary: {
        release: [...new Set(live.map(host => current(input, host)))].join(', '),
        set: set.id,
        from: input.from,
        stores: stores.map(({ name }) => name),
        by: input.by,
        ...(phases.saves ? { safety: safety.set } : {}),
        ...(to === undefined ? {} : { to }),
        ...(input.withoutSafetyCopy === undefined
          ? {}
          : { withoutSafetyCopy: { by: input.by, reason: input.withoutSafetyCopy } }),
        ...(input.acceptUnverified === undefined
          ? {}
          : { acceptedUnverified: { by: input.by, reason: input.acceptUnverified } }),
      },
    }),
  )
}

function current({ facts }: RestoreInput, host: HostConfig): string | undefined {
  return required(facts, host.name).release.current
}

/** The databases of the set that are asked for, each with where it lives now. */
export function chooseStores({
  config,
  set,
  stores,
  to,
}: Pick<RestoreInput, 'config' | 'set' | 'stores' | 'to'>): Result<
  readonly RestoredStore[],
  readonly Problem[]
> {
  const parts = set.manifest.parts.filter(part => part.kind !== 'files')
  const known = new Map(databaseStores(config).map(store => [store.name, store]))
  const names = stores.length > 0 ? stores : parts.map(({ store }) => store)
  const problems: Problem[] = []
  const chosen = names.flatMap((name): RestoredStore[] => {
    const part = parts.find(({ store }) => store === name)
    const store = known.get(name)
    if (part && store && store.access.kind === part.kind) {
      if (part.encrypted && config.backup?.encrypt?.identity === undefined) problems.push(noKey(set, name))
      return [{ ...store, part }]
    }
    problems.push(
      part
        ? notConfigured(set, name, part.kind)
        : unknownName(
            'database',
            name,
            parts.map(({ store }) => store),
          ),
    )
    return []
  })
  if (names.length === 0) problems.push(noDatabase(set))
  // What lacks a store is of no moment as a whole: a person says what of it is wanted.
  if (stores.length === 0 && isPartial(set.manifest)) problems.push(nameThem(set, names))
  if (to !== undefined && names.length > 1) problems.push(oneForTo(names))
  return problems.length > 0 ? err(problems) : ok(chosen)
}

/** A set that nobody proved, or that does not fit its history. */
export function doubtful(set: StoredSet, accepted: string | undefined): Problem | undefined {
  if (set.state === 'verified' || set.state === 'drilled' || accepted !== undefined) return undefined
  const doubts = set.manifest.suspicions
  return {
    code: 'STW-B463',
    what: text(`Set ${set.id} is not verified`, `Der Satz ${set.id} ist nicht verifiziert`),
    why:
      set.state === 'suspect'
        ? text(doubts.map(({ en }) => en).join('; '), doubts.map(({ de }) => de).join('; '))
        : (unboundText(set) ??
          text(
            'it was stored, but never read again at its destination',
            'er wurde abgelegt, an seinem Ziel aber nie wieder gelesen',
          )),
    next: [
      text('Take another: stellwerk backup list', 'Einen anderen nehmen: stellwerk backup list'),
      text('If it is right: --accept-unverified "<reason>"', 'Wenn er stimmt: --accept-unverified "<Grund>"'),
    ],
  }
}

/** What a person should know about the release that wrote the set. */
export function releaseWarning(set: StoredSet, live: string | undefined): Text | undefined {
  const { release } = set.manifest
  if (release === undefined || live === undefined || release.id <= live) return undefined
  return text(
    `The set is from ${release.id}, which is newer than ${live}: its schema may be newer too`,
    `Der Satz ist von ${release.id}, das ist neuer als ${live}: sein Schema ist es vielleicht auch`,
  )
}

/** What is restored of it was saved beside a store that failed. */
export function partialWarning({ id, manifest }: StoredSet): Text | undefined {
  if (!isPartial(manifest)) return undefined
  const names = (manifest.missing ?? []).map(({ store }) => store).join(', ')
  return text(
    `Set ${id} lacks ${names}: what is restored of it has no counterpart there of the same moment`,
    `Dem Satz ${id} fehlt ${names}: Was daraus wiederhergestellt wird, hat dort kein Gegenstück desselben Augenblicks`,
  )
}

function notConfigured(set: StoredSet, name: string, kind: string): Problem {
  return {
    code: 'STW-B464',
    what: text(
      `Set ${set.id} holds ${name} (${kind}), and stellwerk.yaml knows no such database`,
      `Der Satz ${set.id} enthält ${name} (${kind}), stellwerk.yaml kennt keine solche Datenbank`,
    ),
    next: [text('Choose others with --store', 'Mit --store andere wählen')],
  }
}

function noKey(set: StoredSet, name: string): Problem {
  return {
    code: 'STW-B465',
    what: text(
      `${name} of set ${set.id} is encrypted, and there is no key`,
      `${name} im Satz ${set.id} ist verschlüsselt, und es gibt keinen Schlüssel`,
    ),
    next: [text('stellwerk explain backup.encrypt.identity', 'stellwerk explain backup.encrypt.identity')],
  }
}

function noDatabase(set: StoredSet): Problem {
  return {
    code: 'STW-B466',
    what: text(`Set ${set.id} holds no database`, `Der Satz ${set.id} enthält keine Datenbank`),
    next: [text('For its files: --app', 'Für seine Dateien: --app')],
  }
}

function nameThem({ id, manifest }: StoredSet, names: readonly string[]): Problem {
  const lacking = (manifest.missing ?? []).map(({ store }) => store).join(', ')
  return {
    code: 'STW-B473',
    what: text(`Set ${id} lacks ${lacking}`, `Dem Satz ${id} fehlt ${lacking}`),
    why: text(
      'what is there was saved beside a store that failed, so each is restored by its name only',
      'was da ist, wurde neben etwas Gescheitertem gesichert und wird darum nur einzeln beim Namen wiederhergestellt',
    ),
    next: [text(`--store ${names.join(' --store ')}`, `--store ${names.join(' --store ')}`)],
  }
}

function oneForTo(names: readonly string[]): Problem {
  return {
    code: 'STW-B467',
    what: text(
      `--to names one database, and the set holds ${names.length}: ${names.join(', ')}`,
      `--to nennt eine Datenbank, der Satz enthält ${names.length}: ${names.join(', ')}`,
    ),
    next: [text(`--store ${names[0]}`, `--store ${names[0]}`)],
  }
}
