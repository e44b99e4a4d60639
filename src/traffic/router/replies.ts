// The router's own answers: short, plain, and always the last one on their connection.

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  417: 'Expectation Failed',
  431: 'Request Header Fields Too Large',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
}

/** A complete response. Says nothing about targets, ports or releases: it goes to strangers. */
export function reply(status: number, bodyless: boolean): string {
  const reason = reasons[status] ?? 'Error'
  const body = `${status} ${reason}\n`
  const retry = status === 502 || status === 503 || status === 504 ? 'Retry-After: 2\r\n' : ''
  return (
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\n` +
    `Cache-Control: no-store\r\n${retry}Connection: close\r\n\r\n${bodyless ? '' : body}`
  )
}
