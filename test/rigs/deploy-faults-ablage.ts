// Every other way in which the document store is broken: each box of its checklist that a machine can tick goes red once.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeNvidiaSmi } from '../../examples/ablage/variants/nvidia-smi.ts'
import type { Fault } from './deploy-fault.ts'
import type { AblageStage } from './deploy-fault-examples.ts'

const verify = { phase: 'verify', code: 'STW-K001' } as const
const tests = (...commands: readonly string[]) => [
  { path: ['build', 'test'], value: ['npm ci --no-audit --no-fund', ...commands] },
]

export const moreFaultsOfAblage: readonly Fault<AblageStage>[] = [
  {
    id: 'ablage-tests-red',
    incident: 'A red test was deployed',
    made: 'one test that fails',
    phase: 'build',
    says: /is red|npm test/,
    make: stage => stage.variant('tests-red', tests('npm test')),
  },
  {
    id: 'ablage-coverage',
    incident: 'The tests loaded everything and proved nothing',
    made: 'far less than 80 % of the lines',
    phase: 'build',
    says: /coverage/,
    make: stage => stage.variant('coverage', tests('npm run coverage')),
  },
  {
    id: 'ablage-secret-in-code',
    incident: 'The key of a machine stood in the source',
    made: 'the same',
    phase: 'gate',
    code: 'STW-K001',
    says: /deployment-key/,
    make: stage => stage.variant('secret-in-code'),
  },
  {
    id: 'ablage-secret-short',
    incident: 'SECRET_KEY had five characters',
    made: 'the same, and an app that does not mind',
    phase: 'gate',
    code: 'STW-K001',
    says: /expected at least 32/,
    make: stage => {
      const file = join(stage.story.root, 'shared/.env')
      const good = readFileSync(file, 'utf8')
      const attempt = stage.variant('secret-short')
      writeFileSync(file, good.replace(/^SECRET_KEY=.*$/m, 'SECRET_KEY=kurz1'))
      return {
        ...attempt,
        mend: () => {
          writeFileSync(file, good)
          return attempt.mend?.()
        },
      }
    },
  },
  {
    id: 'ablage-gpu-hot',
    incident: 'The memory of the card was full, and the app said gesund',
    made: 'the same, of a stand-in for nvidia-smi',
    phase: 'gate',
    code: 'STW-K001',
    says: /expected at most 85/,
    make: stage => {
      const { env, root } = stage.story
      const programs = join(root, '../card')
      mkdirSync(programs)
      writeNvidiaSmi(join(programs, 'nvidia-smi'), { used: 15_000 })
      const attempt = stage.variant('gpu-hot', [
        { path: ['checks', 'gpu'], value: { kind: 'gpu', maxMemoryPercent: 85 } },
        { path: ['gates'], value: ['settings', 'gpu'] },
      ])
      return { ...attempt, env: { PATH: `${programs}:${env['PATH']}` } }
    },
  },
  {
    ...verify,
    id: 'ablage-login-broken',
    incident: 'The login answered 200 with a token that opened nothing',
    made: 'the same',
    says: /401/,
    make: stage => stage.variant('login-broken'),
  },
  {
    ...verify,
    id: 'ablage-upload-empty',
    incident: 'An upload was answered with 200 and stored nowhere',
    made: 'the same',
    says: /expected 201/,
    make: stage => stage.variant('upload-empty'),
  },
  {
    ...verify,
    id: 'ablage-stream-cut',
    incident: 'The export ended in the middle, with 200',
    made: 'a stream without its last line',
    says: /export.*done/,
    make: stage => stage.variant('stream-cut'),
  },
  {
    ...verify,
    id: 'ablage-slow',
    incident: 'Every answer was late',
    made: 'all of them by 0.7 s',
    says: /ms/,
    make: stage => stage.variant('slow'),
  },
  {
    ...verify,
    id: 'ablage-log-errors',
    incident: 'It answered as it should and wrote an error for every request',
    made: 'the same',
    says: /connection pool exhausted/,
    make: stage => stage.variant('log-errors'),
  },
  {
    ...verify,
    id: 'ablage-panel-missing',
    incident: 'The page of the admin panel loaded a script that was not there',
    made: 'the same, in a browser',
    says: /panel-42|404/,
    make: stage => stage.variant('panel-missing'),
  },
  {
    id: 'ablage-identity',
    incident: 'What answered was healthy, and another release',
    made: 'an app that names another one',
    phase: 'verify',
    says: /build-/,
    make: stage => stage.variant('identity'),
  },
  {
    id: 'ablage-maintenance-stuck',
    incident: 'Maintenance was switched off with 200 and stayed on',
    made: 'the same',
    phase: 'maintenance-off',
    says: /is not: the order was accepted/,
    make: stage => stage.variant('maintenance-stuck'),
  },
  {
    id: 'ablage-migration-half',
    incident: 'A migration stopped in its middle, on rows that only production has',
    made: 'a column that must not be empty, and a document',
    phase: 'migrate',
    says: /0002_clients/,
    make: stage => stage.variant('migration-half'),
  },
]
