// What must fit together across sections, and what is allowed but deserves a warning.
import { type Draft, strings } from './draft.ts'
import { formatPath, valueAt } from './path.ts'
import { type Finding, faults, finding } from './problems.ts'
import { checkPaths, checkPorts, checkRouter } from './rules/addresses.ts'
import {
  bothDays,
  checkDated,
  checkDrill,
  checkNothingToSave,
  noIdentity,
  nothingOffSite,
  unknownClasses,
} from './rules/backup.ts'
import { checkCheckReferences, checkDatabaseChecks } from './rules/checks.ts'
import { clearSecrets, migrationWithoutBackup, sqliteNotShared } from './rules/databases.ts'
import { checkHosts, checkRoots, checkShared } from './rules/directories.ts'
import { checkSavedValues } from './rules/flows.ts'
import { checkMaintenance, maintenanceUnused } from './rules/maintenance.ts'
import { checkAnnouncements, clearAddresses } from './rules/notify.ts'
import { checkAfterCare } from './rules/people.ts'
import { checkProxy } from './rules/proxy.ts'
import { checkBackupReferences, checkCycles, checkReferences, checkRoles } from './rules/references.ts'

const rules: readonly ((draft: Draft) => Finding[])[] = [
  checkReferences,
  checkCheckReferences,
  checkDatabaseChecks,
  checkCycles,
  checkSavedValues,
  checkRoles,
  checkPorts,
  checkPaths,
  checkRouter,
  checkShared,
  checkRoots,
  checkHosts,
  checkBackupReferences,
  checkNothingToSave,
  checkDated,
  checkDrill,
  checkAfterCare,
  checkMaintenance,
  checkAnnouncements,
  checkProxy,
]

/** Every broken rule. Rules about hosts need a draft with an environment. */
export function brokenRules(draft: Draft): Finding[] {
  return rules.flatMap(rule => rule(draft))
}

const doubts: readonly ((draft: Draft) => Finding[])[] = [
  waivedIdentity,
  nothingVerified,
  onlyWarnings,
  idleBatches,
  migrationWithoutBackup,
  sqliteNotShared,
  clearSecrets,
  unknownClasses,
  bothDays,
  noIdentity,
  nothingOffSite,
  maintenanceUnused,
  clearAddresses,
]

export function warnings(draft: Draft): Finding[] {
  return doubts.flatMap(rule => rule(draft))
}

function waivedIdentity({ identity }: Draft): Finding[] {
  if (identity === undefined || !('waived' in identity)) return []
  return [finding(faults.identityWaived(), { path: ['verify', 'identity', 'waived'], on: 'value' })]
}

function nothingVerified({ raw }: Draft): Finding[] {
  const named = [...strings(raw, ['verify', 'health']), ...strings(raw, ['verify', 'smoke'])]
  if (named.length > 0 || valueAt(raw, ['verify']) === undefined) return []
  return [finding(faults.nothingVerified(), { path: ['verify'], on: 'key' })]
}

function onlyWarnings({ raw, checks }: Draft): Finding[] {
  const named = [...strings(raw, ['verify', 'health']), ...strings(raw, ['verify', 'smoke'])]
  if (named.length === 0 || !named.every(({ value }) => checks.get(value)?.level === 'warn')) return []
  return [finding(faults.onlyWarnings(), { path: ['verify'], on: 'key' })]
}

/** A batch that starts after the last host is a mistake in counting; it would silently do nothing. */
function idleBatches({ environment }: Draft): Finding[] {
  if (environment === undefined) return []
  const hosts = Object.keys(environment.hosts).length
  const findings: Finding[] = []
  let taken = 0
  for (const [index, batch] of environment.batches.entries()) {
    const path = ['environments', environment.name, 'batches', index]
    if (taken >= hosts)
      findings.push(finding(faults.idleBatch(formatPath(path), hosts), { path, on: 'value' }))
    taken += typeof batch === 'number' ? batch : Math.ceil((Number.parseInt(batch, 10) * hosts) / 100)
  }
  return findings
}
