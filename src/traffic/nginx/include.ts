// The file that nginx includes: one upstream block with one server. A person can read it, and so can the facts.
import type { TargetAddress } from '../router/protocol.ts'

/** Starts the line that names the target as JSON. */
export const nginxMark = '# stellwerk-target'

export function includeContent(upstream: string, { host, port, release }: TargetAddress): string {
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  // One server only: nginx must not take it out of service after a failed request, there is no other.
  return `# Written by Stellwerk at each switch; changes made here are lost.
${nginxMark} ${JSON.stringify({ host, port, release })}
upstream ${upstream} {
  server ${address} max_fails=0;
  keepalive 32;
}
`
}
