// What the end of a run means, by its procedure, and the commands that follow it.
import { type Text, text } from '../../core/lang.ts'
import type { Plan } from '../../engine/plan.ts'

interface RunWords {
  readonly done: Text
  readonly undone: Text
  /** Commands after success, after a failure that was taken back, and when the state is unclear. */
  readonly next: readonly string[]
  readonly look: readonly string[]
  readonly mend: readonly string[]
}

export function wordsOf(plan: Plan): RunWords {
  switch (plan.procedure) {
    case 'backup':
      return backupWords(plan)
    case 'drill':
      return drillWords(plan)
    case 'restore':
      return restoreWords(plan)
    case 'restore-finish':
      return finishWords(plan)
    case 'database-rebuild':
      return rebuildWords(plan)
    case 'operation':
      return operationWords(plan)
    case 'maintenance':
      return maintenanceWords(plan)
    default:
      return releaseWords(plan)
  }
}

function releaseWords(plan: Plan): RunWords {
  const release = field(plan, 'release')
  const env = plan.environment
  const hosts = (plan.summary['hosts'] ?? []) as readonly { readonly from?: string | null }[]
  const first = hosts.length > 0 && hosts.every(host => host.from === null)
  return {
    done: text(
      `${release} serves on ${env} and is proven`,
      `${release} dient auf ${env} und hat sich bewährt`,
    ),
    undone: first
      ? text(
          'Failed and taken back completely: as before, no release serves',
          'Gescheitert und vollständig zurückgenommen: wie zuvor dient kein Release',
        )
      : text(
          'Failed and taken back completely: everybody sees the old release',
          'Gescheitert und vollständig zurückgenommen: alle sehen das alte Release',
        ),
    next: [`stellwerk status ${env}`],
    look: [`stellwerk logs ${env} --run ${plan.run}`],
    mend: [`stellwerk status ${env}`, `stellwerk recover ${env}`],
  }
}

function backupWords(plan: Plan): RunWords {
  const set = field(plan, 'set')
  const env = plan.environment
  const where = (plan.summary['destinations'] as readonly string[]).join(', ')
  return {
    done: text(
      `Set ${set} is stored and verified at ${where}`,
      `Satz ${set} ist abgelegt und verifiziert bei ${where}`,
    ),
    undone: text(
      'The backup failed; it counts for nothing',
      'Das Backup ist gescheitert; es zählt für nichts',
    ),
    next: [`stellwerk backup check ${env}`],
    look: [`stellwerk backup list ${env}`],
    mend: [`stellwerk backup ${env}`],
  }
}

function drillWords(plan: Plan): RunWords {
  const set = field(plan, 'set')
  const env = plan.environment
  return {
    done: text(
      `Set ${set} was restored and compared: it is proven`,
      `Satz ${set} wurde wiederhergestellt und verglichen: er ist bewiesen`,
    ),
    undone: text(
      `The drill failed: set ${set} could not be proven`,
      `Die Übung ist gescheitert: Satz ${set} ließ sich nicht beweisen`,
    ),
    next: [`stellwerk backup check ${env}`],
    look: [`stellwerk backup ${env}`],
    mend: [`stellwerk drill ${env}`],
  }
}

function restoreWords(plan: Plan): RunWords {
  const set = field(plan, 'set')
  const env = plan.environment
  const to = field(plan, 'to')
  return {
    done: restoreDone(plan, set, to),
    undone: text(
      'Failed and taken back completely: the data is as it was',
      'Gescheitert und vollständig zurückgenommen: die Daten sind wie zuvor',
    ),
    next: restoreNext(plan, env),
    look: [`stellwerk logs ${env} --run ${plan.run}`],
    mend: [`stellwerk status ${env}`, `stellwerk recover ${env}`],
  }
}

function restoreNext(plan: Plan, env: string): readonly string[] {
  if (plan.summary['to'] !== undefined || plan.summary['files'] !== undefined) return []
  if (field(plan, 'release') === '') return [`stellwerk deploy ${env}`]
  return [`stellwerk check ${env} --health`, `stellwerk restore finish ${env} --dry-run`]
}

function restoreDone(plan: Plan, set: string, to: string): Text {
  if (to !== '')
    return text(
      `Set ${set} is restored into ${to}; what is live was left alone`,
      `Satz ${set} ist in ${to} wiederhergestellt; der Stand im Betrieb blieb unberührt`,
    )
  if (plan.summary['dryRun'] === true)
    return text(
      `Set ${set} was compared; nothing was changed`,
      `Satz ${set} wurde verglichen; nichts wurde geändert`,
    )
  if (plan.summary['files'] !== undefined)
    return text(
      `The files of set ${set} are where they belong`,
      `Die Dateien des Satzes ${set} sind, wo sie hingehören`,
    )
  if (field(plan, 'release') === '')
    return text(
      `Set ${set} is live on ${plan.environment}; no release serves yet`,
      `Satz ${set} ist auf ${plan.environment} in Betrieb; noch dient kein Release`,
    )
  return text(
    `Set ${set} serves on ${plan.environment}; what was replaced is kept`,
    `Satz ${set} dient auf ${plan.environment}; das Ersetzte ist aufgehoben`,
  )
}

function finishWords({ environment: env, run }: Plan): RunWords {
  return {
    done: text('What restores kept is dropped', 'Was Wiederherstellungen aufgehoben hatten, ist gelöscht'),
    undone: text('Nothing was dropped', 'Nichts wurde gelöscht'),
    next: [`stellwerk status ${env}`],
    look: [`stellwerk logs ${env} --run ${run}`],
    mend: [`stellwerk restore finish ${env}`],
  }
}

function rebuildWords(plan: Plan): RunWords {
  const { environment: env, run } = plan
  const name = field(plan, 'database')
  return {
    done: text(
      `What could be read of ${name} serves on ${env}; the damaged file is kept`,
      `Was von ${name} lesbar war, dient auf ${env}; die beschädigte Datei ist aufgehoben`,
    ),
    undone: text(
      'Failed and taken back completely: the data is as it was',
      'Gescheitert und vollständig zurückgenommen: die Daten sind wie zuvor',
    ),
    next: [`stellwerk database check ${env} ${name}`, `stellwerk backup ${env}`],
    look: [`stellwerk logs ${env} --run ${run}`],
    mend: [`stellwerk status ${env}`, `stellwerk recover ${env}`],
  }
}

function operationWords(plan: Plan): RunWords {
  const { environment: env, run } = plan
  const name = field(plan, 'operation')
  return {
    done: text(`${name} ran on ${env}`, `${name} lief auf ${env}`),
    undone: text(`${name} was not begun`, `${name} wurde nicht begonnen`),
    next: [`stellwerk check ${env} --health`],
    look: [`stellwerk logs ${env} --run ${run}`],
    mend: [`stellwerk logs ${env} --run ${run}`],
  }
}

function maintenanceWords(plan: Plan): RunWords {
  const { environment: env, run } = plan
  const on = field(plan, 'turn') === 'on'
  const until = field(plan, 'until')
  return {
    done: on
      ? text(
          `Visitors of ${env} see the maintenance page${until && ` until ${until}`}`,
          `Besucher von ${env} sehen die Wartungsseite${until && ` bis ${until}`}`,
        )
      : text(`${env} is open again`, `${env} ist wieder offen`),
    undone: text('Failed and taken back completely', 'Gescheitert und vollständig zurückgenommen'),
    next: [on ? `stellwerk maintenance off ${env}` : `stellwerk status ${env}`],
    look: [`stellwerk logs ${env} --run ${run}`],
    mend: [`stellwerk maintenance status ${env}`, `stellwerk recover ${env}`],
  }
}

function field(plan: Plan, key: string): string {
  const value = plan.summary[key]
  return typeof value === 'string' ? value : ''
}
