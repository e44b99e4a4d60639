// Everything that can be wrong with a config, with its code and its words. One table in groups: codes are never used
// again for something else, and a new one is added at the end of its group.
import { backupFaults } from './faults/backup.ts'
import { checkFaults } from './faults/checks.ts'
import { maintenanceFaults } from './faults/maintenance.ts'
import { notifyFaults } from './faults/notify.ts'
import { peopleFaults } from './faults/people.ts'
import { proofFaults } from './faults/proof.ts'
import { proxyFaults } from './faults/proxy.ts'
import { relationFaults } from './faults/relation.ts'
import { textFaults } from './faults/text.ts'
import { valueFaults } from './faults/value.ts'
import { variableFaults } from './faults/variable.ts'
import { warningFaults } from './faults/warning.ts'

export {
  type ConfigProblem,
  elsewhere,
  type Fault,
  type Finding,
  finding,
  isAt,
  places,
} from './finding.ts'

export const faults = {
  ...textFaults,
  ...valueFaults,
  ...relationFaults,
  ...variableFaults,
  ...warningFaults,
  ...proofFaults,
  ...backupFaults,
  ...checkFaults,
  ...maintenanceFaults,
  ...peopleFaults,
  ...notifyFaults,
  ...proxyFaults,
} as const
