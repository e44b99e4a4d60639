// What rsync says, as a Problem (STW-B260 to B269).
import { text } from '../../../core/lang.ts'
import type { Problem } from '../../../core/problem.ts'
import { connectionLost, diskFull, refused } from '../problems.ts'

export function otherHostKey(
  name: string,
  { address, port }: { readonly address: string; readonly port: number },
  evidence: string | undefined,
): Problem {
  const host = address.slice(address.lastIndexOf('@') + 1)
  const scan = `ssh-keyscan -p ${port} ${host} | ssh-keygen -lf -`
  return {
    code: 'STW-B260',
    what: text(
      `Destination "${name}" shows a host key that is not the pinned one`,
      `Das Ziel „${name}“ zeigt einen anderen Hostschlüssel als den hinterlegten`,
    ),
    why: text(
      'it was set up again, or somebody is in between',
      'es wurde neu aufgesetzt, oder jemand sitzt dazwischen',
    ),
    next: [
      text(scan, scan),
      text(
        'Compare the fingerprint with the one the machine itself shows, and only then change hostKey',
        'Den Fingerabdruck mit dem vergleichen, den die Maschine selbst zeigt, und erst dann hostKey ändern',
      ),
    ],
    ...(evidence && { evidence }),
  }
}

export function noRsyncHere(name: string, why: string): Problem {
  return {
    code: 'STW-B261',
    what: text(
      `Destination "${name}" needs rsync on this machine`,
      `Das Ziel „${name}“ braucht rsync auf dieser Maschine`,
    ),
    why: text(why, why),
    next: [text('Install rsync 3.1 or newer', 'rsync 3.1 oder neuer installieren')],
  }
}

export interface Ended {
  readonly code: number | null
  readonly stderr: string
}

/** Exit codes of rsync when the other end is gone, or was never there. */
const connection = [5, 10, 12, 30, 35, 255]

export function rsyncFailed(name: string, path: string, { code, stderr }: Ended): Problem {
  const lines = stderr.trim().split('\n')
  const said = lines.find(line => !/^rsync error:|^\s*$/.test(line)) ?? lines.at(-1) ?? ''
  if (/No space left on device|Disk quota exceeded/.test(stderr)) return diskFull(name, path, stderr)
  if (/is your shell clean|protocol version mismatch|command not found|not found \(127\)/.test(stderr))
    return {
      code: 'STW-B262',
      what: text(
        `The account of destination "${name}" offers neither a shell nor rsync`,
        `Das Konto des Ziels „${name}“ bietet weder eine Shell noch rsync`,
      ),
      next: [
        text(
          'Install rsync there or switch it on for the account, or use kind: sftp',
          'rsync dort installieren oder für das Konto einschalten, oder kind: sftp benutzen',
        ),
      ],
      evidence: stderr.trim(),
    }
  if (code === null || connection.includes(code)) return connectionLost(name, path, text(said, said))
  const why = said === '' ? text(`rsync ended with ${code}`, `rsync endete mit ${code}`) : text(said, said)
  return refused(name, path, why, stderr)
}
