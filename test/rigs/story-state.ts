// What must be true on every host after a run has come to its end, however it came there.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseRecord } from '../../src/release/record.ts'
import { isAlive } from './processes.ts'
import { currentOn, type Story, type StoryHost } from './story.ts'

/** Everything that is wrong, in words; empty when the state is legal: one of the `allowed` releases on all hosts, current,
 *  answering and working; no lock, no temporary link, no half release, no process of another release. */
export async function faultsOf(story: Story, allowed?: readonly string[]): Promise<readonly string[]> {
  const currents = await Promise.all(story.hosts.map(currentOn))
  const mixed = new Set(currents).size > 1 ? [`hosts differ: ${currents.join(', ')}`] : []
  const foreign = currents.filter(current => allowed !== undefined && !allowed.includes(current))
  const strange = foreign.map(current => `${current} is neither of ${allowed?.join(', ')}`)
  const onHosts = await Promise.all(
    story.hosts.map(async host => (await faultsOn(story, host)).map(fault => `${host.name}: ${fault}`)),
  )
  const scripts = (await readdir(join(story.directory, 'tmp'))).filter(name => name.startsWith('stellwerk.'))
  return [...mixed, ...strange, ...onHosts.flat(), ...scripts.map(name => `a script left ${name} in TMPDIR`)]
}

async function faultsOn(story: Story, host: StoryHost): Promise<readonly string[]> {
  const current = await currentOn(host)
  const parts = [leftovers(host), wrongRecords(host, current)]
  if (story.app === 'services') {
    parts.push(wrongAnswer('router', host.url, current), wrongAnswer('worker', host.workerUrl, current))
    parts.push(wrongProcesses(host, current))
  }
  return (await Promise.all(parts)).flat()
}

// Files that only exist while something is under way.
async function leftovers({ root }: StoryHost): Promise<readonly string[]> {
  const state = await readdir(join(root, '.stellwerk')).catch(() => [])
  const staging = await readdir(join(root, '.stellwerk/staging')).catch(() => [])
  return [
    ...(await readdir(root))
      .filter(name => name.startsWith('.current.'))
      .map(name => `temporary link ${name}`),
    ...state.filter(name => /^(lock|token\.)/.test(name)).map(name => `.stellwerk/${name} is left`),
    ...staging.map(name => `half a release in staging: ${name}`),
  ]
}

async function wrongRecords({ root }: StoryHost, current: string): Promise<readonly string[]> {
  const names = await readdir(join(root, 'releases')).catch(() => [])
  const faults = await Promise.all(
    names.map(async name => {
      const text = await readFile(join(root, 'releases', name, '.stellwerk.json'), 'utf8').catch(() => '')
      const state = parseRecord(text)?.state ?? 'without a record'
      const legal = name === current ? ['proven'] : ['proven', 'failed', 'undone']
      return legal.includes(state) ? [] : [`${name}${name === current ? ' (current)' : ''} is ${state}`]
    }),
  )
  return faults.flat()
}

async function wrongAnswer(who: string, url: string, current: string): Promise<readonly string[]> {
  const answer = await fetch(url, { headers: { Connection: 'close' } }).catch((error: Error) => error)
  const release = answer instanceof Error ? String(answer.cause ?? answer) : answer.headers.get('x-release')
  return release === current ? [] : [`the ${who} says ${release}, current is ${current}`]
}

// One slot of each service, of the release that serves.
async function wrongProcesses({ root }: StoryHost, current: string): Promise<readonly string[]> {
  const up: string[] = []
  for (const service of await readdir(join(root, '.stellwerk/services')).catch(() => [])) {
    for (const slot of await readdir(join(root, '.stellwerk/services', service))) {
      const text = await readFile(join(root, '.stellwerk/services', service, slot, 'pid'), 'utf8').catch(
        () => '',
      )
      const value = (key: string) => new RegExp(`^${key} (\\S+)`, 'm').exec(text)?.[1] ?? ''
      if (await isAlive(Number(value('pid')))) up.push(`${service} of ${value('release')}`)
    }
  }
  const wanted = [`web of ${current}`, `worker of ${current}`]
  return up.toSorted().join() === wanted.join() ? [] : [`these run: ${up.toSorted().join(', ') || 'none'}`]
}
