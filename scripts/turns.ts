// Long test files take turns: a whole run is made of all short ones and of one group of the long ones, another one each
// day, so that what lands is judged within 25 minutes and each long story at least every third day.

/** Of about the same length each, in minutes of a worker; what tests the same part stands apart. */
const groups: readonly (readonly string[])[] = [
  [
    'test/contracts/destination.rsync.test.ts',
    'test/contracts/database.postgres.test.ts',
    'test/contracts/compose.docker.test.ts',
    'test/scenarios/crash-matrix.test.ts',
    'test/scenarios/backup-commands.test.ts',
    'test/scenarios/drill.test.ts',
    'test/scenarios/demo-ablage.test.ts',
  ],
  [
    'test/contracts/compose.podman.test.ts',
    'test/contracts/database.sqlite.test.ts',
    'test/scenarios/backup-broken.test.ts',
    'test/scenarios/backup-before-deploy.test.ts',
    'test/scenarios/crash-signals.test.ts',
    'test/scenarios/deploy-faults.test.ts',
    'test/scenarios/rebuild-sqlite.test.ts',
    'test/scenarios/restore-crash.test.ts',
  ],
  [
    'test/contracts/destination.directory.test.ts',
    'test/contracts/database.mysql.test.ts',
    'test/contracts/services.process.test.ts',
    'test/scenarios/ablage-containers.test.ts',
    'test/scenarios/backup-crash.test.ts',
    'test/scenarios/damaged-sqlite.test.ts',
    'test/scenarios/demo-serviceheft.test.ts',
    'test/scenarios/disaster.test.ts',
    'test/scenarios/restore.test.ts',
  ],
]

export const longFiles = groups.flat()

/** The long files that are not run on this day. */
export function resting(day: Date): readonly string[] {
  const turn = Math.floor(day.getTime() / 86_400_000) % groups.length
  return groups.filter((_, group) => group !== turn).flat()
}
