// The story of the demo. Each chapter uses the command line as a person would and then asks the service itself.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Event } from '../../src/engine/events.ts'
import { stellwerkText, type Watch } from './command.ts'
import { type Load, sum, type Tally } from './load.ts'
import { currentRelease, explain, run, type Stage, serves } from './stage.ts'

export interface LoadedStage extends Stage {
  readonly load: Load
}

const perSecond = 100

export async function tell(stage: LoadedStage): Promise<void> {
  const { screen, load } = stage
  const names = new Map<string, string>()
  const tallies: Tally[] = []
  const visitors = () => {
    const tally = load.take()
    tallies.push(tally)
    screen.requests(tally, names)
  }
  const deploy = async (tag: string, watch: Watch = {}) => {
    const ended = await run(stage, ['deploy', 'local', '--ref', tag], {
      kill: event => {
        const release = event.type === 'run.begin' ? event.plan.summary['release'] : undefined
        if (typeof release === 'string') names.set(release, tag)
        return watch.kill?.(event) ?? false
      },
    })
    return ended
  }

  screen.chapter({ en: 'v1 into an empty directory', de: 'v1 in ein leeres Verzeichnis' })
  const first = await deploy('v1')
  screen.claim(
    first.code === 0,
    { en: 'built, tested, deployed and proven', de: 'gebaut, getestet, ausgerollt und bewiesen' },
    first.ms,
  )
  explain(stage, first)
  if (first.code !== 0) return screen.plain(first.output.split('\n').slice(-15).join('\n'))
  await serves(stage, names, 'v1')

  load.start(perSecond)
  screen.chapter({
    en: `v2 under load (${perSecond} requests a second from here on)`,
    de: `v2 unter Last (ab hier ${perSecond} Anfragen je Sekunde)`,
  })
  const second = await deploy('v2')
  screen.claim(
    second.code === 0,
    { en: 'v2 migrates the database and goes live', de: 'v2 migriert die Datenbank und geht live' },
    second.ms,
  )
  explain(stage, second)
  await serves(stage, names, 'v2')
  visitors()

  screen.chapter({ en: 'v3 starts, but answers wrong', de: 'v3 startet, antwortet aber falsch' })
  const third = await deploy('v3')
  screen.claim(
    third.code === 1,
    { en: 'refused and taken back by itself', de: 'abgelehnt und von selbst zurückgenommen' },
    third.ms,
  )
  explain(stage, third)
  await serves(stage, names, 'v2')
  visitors()

  screen.chapter({
    en: 'v4, and the deployer dies in the middle (kill -9)',
    de: 'v4, und der Deployer stirbt mittendrin (kill -9)',
  })
  const fourth = await deploy('v4', { kill: isSwitching })
  screen.claim(
    fourth.code === null,
    { en: 'killed while it switched', de: 'während des Umschaltens getötet' },
    fourth.ms,
  )
  visitors()
  const recovered = await run(stage, ['recover', 'local'])
  const legal = recovered.code === 0 || recovered.code === 1
  const free = !existsSync(join(stage.root, '.stellwerk/lock'))
  screen.claim(
    legal && free,
    {
      en: 'stellwerk recover: one release serves, the lock is free',
      de: 'stellwerk recover: ein Release dient, die Sperre ist frei',
    },
    recovered.ms,
  )
  explain(stage, recovered)
  await serves(stage, names, names.get(currentRelease(stage)) === 'v4' ? 'v4' : 'v2')
  visitors()

  screen.chapter({
    en: 'Back to v1, although the database has grown',
    de: 'Zurück zu v1, obwohl die Datenbank gewachsen ist',
  })
  const v1 = [...names].find(([, tag]) => tag === 'v1')?.[0] ?? ''
  const back = await run(stage, ['rollback', 'local', '--to', v1])
  screen.claim(
    back.code === 0,
    { en: 'rolled back, through the same proofs', de: 'zurückgerollt, durch dieselben Beweise' },
    back.ms,
  )
  explain(stage, back)
  await serves(stage, names, 'v1')
  await load.stop()
  visitors()

  screen.chapter({ en: 'What is left on the host', de: 'Was auf dem Host steht' })
  const table = await stellwerkText(stage.repository, ['releases', 'local', '--lang', screen.lang])
  screen.claim(table.code === 0, { en: 'stellwerk releases local', de: 'stellwerk releases local' })
  screen.plain(table.text)
  const all = sum(tallies)
  const strangers = [...all.releases.keys()].filter(release => !names.has(release))
  screen.requests(all, names)
  screen.claim(strangers.length === 0, {
    en: 'no answer came from anything but these releases',
    de: 'keine Antwort kam von etwas anderem als diesen Releases',
  })
}

function isSwitching(event: Event): boolean {
  return event.type === 'step.begin' && event.step.startsWith('switch/') && event.undo !== true
}
