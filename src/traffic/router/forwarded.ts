// The head that travels on to the target: end-to-end lines as they came, and who the client really is.
import type { RequestHead } from './head.ts'

/** `peer`: address of the connection. `trusted`: the peer is a proxy of ours whose claims are passed on and extended. */
export function forwardedHead(head: RequestHead, peer: string, trusted: boolean, authority: string): string {
  let text = `${head.method} ${head.target} HTTP/1.1\r\n${head.lines}`
  if (head.host === undefined) text += `Host: ${authority}\r\n`
  if (head.framing === 'chunked') text += 'Transfer-Encoding: chunked\r\n'
  if (head.expectsContinue) text += 'Expect: 100-continue\r\n'
  if (head.upgrade !== undefined) text += `Connection: upgrade\r\nUpgrade: ${head.upgrade}\r\n`
  const host = (trusted ? head.forwardedHost : undefined) ?? head.host
  const forwardedFor = trusted && head.forwardedFor ? `${head.forwardedFor}, ${peer}` : peer
  const proto = (trusted ? head.forwardedProto : undefined) ?? 'http'
  text += `X-Forwarded-For: ${forwardedFor}\r\nX-Forwarded-Proto: ${proto}\r\n`
  return host === undefined || host === '' ? `${text}\r\n` : `${text}X-Forwarded-Host: ${host}\r\n\r\n`
}
