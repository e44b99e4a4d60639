// What travels to which host: the difference to the release that is live there, packed once for all hosts with one base.
import type { Readable } from 'node:stream'
import type { HostConfig } from '../config/config.ts'
import { ProblemError } from '../core/problem.ts'
import { quote } from '../core/shell.ts'
import type { Upload } from '../procedures/deploy.ts'
import type { HostFacts } from '../procedures/facts.ts'
import type { Bundle } from '../release/bundle/bundle.ts'
import { compareSums, type Delta } from '../release/bundle/delta.ts'
import type { SpooledDelta } from '../release/bundle/delta-tar.ts'
import type { Manifest } from '../release/bundle/manifest.ts'
import { sumsOf } from '../release/bundle/sums.ts'
import type { ReleaseRecord } from '../release/record.ts'
import type { StageStep } from '../release/steps/stage.ts'
import { ask } from './ask.ts'
import type { Session } from './session.ts'
import type { Wiring } from './wiring.ts'

/** The uploads of a deploy by host. `full`: no base, every file travels. */
export async function planUploads(
  wiring: Wiring,
  session: Session,
  hosts: readonly HostConfig[],
  facts: ReadonlyMap<string, HostFacts>,
  bundle: Bundle,
  full: boolean,
): Promise<ReadonlyMap<string, Upload>> {
  const deltas = new Map<string, Delta>()
  const uploads = new Map<string, Upload>()
  const whole = compareSums(undefined, bundle.sums)
  for (const host of hosts) {
    const base = full ? undefined : baseOn(facts.get(host.name))
    const delta = base && (deltas.get(base.digest) ?? (await deltaFrom(wiring, session, host, base, bundle)))
    if (base && delta) {
      deltas.set(base.digest, delta)
      uploads.set(host.name, { base, delta })
    } else uploads.set(host.name, { delta: whole })
  }
  return uploads
}

function baseOn(facts: HostFacts | undefined): ReleaseRecord | undefined {
  const { current, releases } = facts?.release ?? {}
  return releases?.find(release => release.id === current)
}

async function deltaFrom(
  wiring: Wiring,
  session: Session,
  host: HostConfig,
  base: ReleaseRecord,
  bundle: Bundle,
): Promise<Delta | undefined> {
  const manifest =
    (await wiring.knownManifest(base.digest)) ?? (await fetchManifest(wiring, session, host, base))
  return manifest && compareSums(sumsOf(manifest), bundle.sums)
}

// A manifest that cannot be had only costs bytes: everything is sent.
async function fetchManifest(
  wiring: Wiring,
  session: Session,
  host: HostConfig,
  base: ReleaseRecord,
): Promise<Manifest | undefined> {
  const directory = quote(`${host.root}/releases/${base.id}`)
  const script = `cd ${directory} && [ "$(sha256sum <SHA256SUMS | cut -d' ' -f1)" = ${quote(base.digest)} ] && gzip -c .stellwerk-bundle.json | base64\n`
  const answer = await ask(session, host, script)
  if (!answer.ok) return undefined
  const { gunzipSync } = await import('node:zlib')
  const content = gunzipSync(Buffer.from(answer.value, 'base64')).toString('utf8')
  const { parseManifest } = await import('../release/bundle/parse-manifest.ts')
  const parsed = parseManifest(content, `${host.name}:${base.id}`)
  if (!parsed.ok) return undefined
  await wiring.rememberManifest(base.digest, content)
  return parsed.value
}

export interface UploadSource {
  open(step: StageStep): Promise<Readable>
  close(): Promise<void>
}

/** Streams for the stage steps of a plan; `uploads` is filled by the time one is opened. Hosts with the same base and compression share one packed file. */
export function uploadSource(
  wiring: Wiring,
  bundle: Bundle,
  uploads: ReadonlyMap<string, Upload>,
): UploadSource {
  const spooled = new Map<string, Promise<SpooledDelta>>()
  const users = (digest: string | undefined) =>
    [...uploads.values()].filter(({ base }) => base?.digest === digest).length
  return {
    open: async step => {
      const delta = uploads.get(step.host)?.delta
      if (!delta) throw new Error(`no upload for ${step.host}`)
      const { deltaTar, spoolDelta } = await import('../release/bundle/delta-tar.ts')
      if (users(step.baseDigest) < 2) return deltaTar(bundle, delta, { compress: step.compress }).stream
      const key = `${step.baseDigest ?? ''} ${step.compress}`
      const pack = async (): Promise<SpooledDelta> => {
        const packed = await spoolDelta(bundle, delta, {
          compress: step.compress,
          directory: wiring.spoolDirectory,
        })
        if (!packed.ok) throw new ProblemError(packed.error)
        return packed.value
      }
      const file = spooled.get(key) ?? pack()
      spooled.set(key, file)
      return (await file).open()
    },
    close: async () => {
      for (const file of spooled.values()) await file.then(packed => packed.remove()).catch(() => undefined)
    },
  }
}
