// A certificate, judged by one rule wherever it comes from: a server seen from here, a server seen from the host, a file.
import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import type { TlsCheck } from '../config/schema/check.ts'
import { type Text, text } from '../core/lang.ts'
import { ProblemError } from '../core/problem.ts'
import { tlsByHand } from './by-hand-host.ts'
import { type Attempt, attempt, authority, type CheckContext } from './context.ts'
import { withDeadline } from './deadline.ts'
import { noText, textFragment } from './env.ts'
import { joinTexts } from './findings.ts'
import type { Said } from './host-script.ts'
import { explainFailure, outOfTime, stopped } from './http-failure.ts'
import type { Probe } from './probe.ts'
import { lookAtServed } from './tls-look.ts'

export const tlsProbe: Probe<TlsCheck> = {
  place: ({ file }) => (file === undefined ? 'program' : 'host'),
  ofHost: ({ from }) => from === 'host',
  byHand: tlsByHand,
  describe: ({ address, file }) => {
    const place = address ?? file ?? ''
    return text(`certificate of ${place}`, `Zertifikat von ${place}`)
  },
  script: {
    fragment: ({ file }, { root }) => textFragment(file, root),
    judge: (check, said, _, context) => judgeTlsFile(check, said, context),
  },
  attempt: tryTls,
}

async function tryTls(check: TlsCheck, context: CheckContext): Promise<Attempt> {
  const target = targetOf(check)
  const place = authority(target)
  const name = check.name ?? target.host
  const progress = { stage: 'connecting', bytes: 0 } as const
  if (check.from === 'host' && context.host === undefined) {
    return attempt(
      'unknown',
      text('there is no host to ask from', 'es gibt keinen Host, von dem aus gefragt werden kann'),
    )
  }
  let tunnelled = false
  try {
    const ended = await withDeadline(check.timeout, context, async signal => {
      const through = check.from === 'host' ? await context.host?.tunnel(target.host, target.port) : undefined
      tunnelled = through !== undefined && (through.host !== target.host || through.port !== target.port)
      return lookAtServed({ ...(through ?? target), name }, signal)
    })
    if (ended.kind === 'aborted') return stopped()
    if (ended.kind === 'timeout') return outOfTime(check.timeout, place, progress)
    const { chain, untrusted } = ended.value
    const certificates = chain.map(der => new X509Certificate(der))
    const broken = untrusted === undefined ? undefined : text(untrusted, untrusted)
    return judgeCertificates(check, { certificates, broken, name, now: context.clock.now() })
  } catch (error) {
    if (ProblemError.is(error)) return attempt('unknown', error.problem.what)
    const answers = async () => {
      const execution = await context.host?.run(':', { timeout: 5000, signal: context.signal })
      return execution?.ending.kind === 'exit'
    }
    return explainFailure({ error, place, progress, tunnelled, hostAnswers: answers, redact: input => input })
  }
}

function targetOf({ address = '' }: TlsCheck): { readonly host: string; readonly port: number } {
  const match = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(address)
  return { host: match?.[1] ?? match?.[2] ?? address, port: Number(match?.[3] ?? 443) }
}

function judgeTlsFile(check: TlsCheck, said: Said, { clock }: CheckContext): Attempt {
  const file = check.file ?? ''
  const none = noText(file, said)
  if (none !== undefined) return none
  const blocks = (said.values['text'] ?? '').match(
    /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[\s\S]+?-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g,
  )
  const certificates = (blocks ?? []).map(read)
  const known = certificates.filter(certificate => certificate !== undefined)
  if (known.length === 0 || known.length < certificates.length) {
    return attempt(
      'unknown',
      text(`${file} holds no certificate that can be read`, `${file} enthält kein lesbares Zertifikat`),
    )
  }
  const gap = known.findIndex((certificate, index) => {
    const next = known[index + 1]
    return next !== undefined && !(certificate.checkIssued(next) && certificate.verify(next.publicKey))
  })
  const broken =
    gap < 0
      ? undefined
      : text(
          `certificate ${gap + 1} is not signed by the one behind it`,
          `Zertifikat ${gap + 1} ist nicht vom folgenden unterschrieben`,
        )
  return judgeCertificates(check, { certificates: known, broken, name: check.name, now: clock.now() })
}

function read(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}

interface Judged {
  /** The server's own first. */
  readonly certificates: readonly X509Certificate[]
  /** What is wrong with the chain. */
  readonly broken: Text | undefined
  readonly name: string | undefined
  readonly now: Date
}

const day = 86_400_000

function judgeCertificates(check: TlsCheck, { certificates, broken, name, now }: Judged): Attempt {
  const [own] = certificates
  if (own === undefined)
    return attempt('unknown', text('no certificate was shown', 'es wurde kein Zertifikat gezeigt'))
  // A root is trusted by its place in a list, not by its dates.
  const dated = certificates.filter((one, index) => index === 0 || one.subject !== one.issuer)
  const days = Math.floor(Math.min(...dated.map(one => Date.parse(one.validTo) - now.getTime())) / day)
  if (Number.isNaN(days))
    return attempt(
      'unknown',
      text('it holds a date that cannot be read', 'es enthält ein Datum, das nicht lesbar ist'),
    )
  const early = dated.some(one => Date.parse(one.validFrom) > now.getTime())
  const names = (own.subjectAltName ?? own.subject).replaceAll('\n', ', ').slice(0, 200)
  const parts: Text[] = [
    ...(days < 0
      ? [text(`it ended ${-days} days ago`, `es ist seit ${-days} Tagen abgelaufen`)]
      : days < check.minDays
        ? [
            text(
              `${days} days left, expected at least ${check.minDays}`,
              `noch ${days} Tage, erwartet mindestens ${check.minDays}`,
            ),
          ]
        : []),
    ...(early ? [text('it is not valid yet', 'es gilt noch nicht')] : []),
    ...(name !== undefined && !isFor(own, name)
      ? [text(`it is for ${names}, not for ${name}`, `es ist für ${names}, nicht für ${name}`)]
      : []),
    ...(check.chain && broken !== undefined
      ? [text(`its chain is not sound: ${broken.en}`, `seine Kette ist nicht in Ordnung: ${broken.de}`)]
      : []),
  ]
  const details = {
    days,
    names,
    issuer: own.issuer.replaceAll('\n', ', '),
    certificates: certificates.length,
  }
  if (parts.length > 0) return attempt('fail', joinTexts(parts, '; ', '; '), details)
  return attempt('pass', text(`${days} days left, for ${names}`, `noch ${days} Tage, für ${names}`), details)
}

function isFor(certificate: X509Certificate, name: string): boolean {
  if (certificate.checkHost(name, { subject: 'never' }) !== undefined) return true
  return isIP(name) !== 0 && certificate.checkIP(name) !== undefined
}
