// One POST of JSON to an address that may be as good as a password: it is never shown.
import { text } from '../core/lang.ts'
import { type Failure, timeout } from './channel.ts'

export async function post(
  address: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Failure | undefined> {
  const url = URL.parse(address)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    return {
      again: false,
      why: text(
        'its address is no URL with http:// or https://, or holds a password; it is not shown, because it may be secret',
        'die Adresse ist keine URL mit http:// oder https://, oder enthält ein Passwort; sie wird nicht gezeigt, weil sie geheim sein kann',
      ),
    }
  try {
    const response = await fetch(url, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
      // Where another server sends us, nobody has agreed to.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeout),
    })
    await response.body?.cancel()
    if (response.ok) return undefined
    return {
      again: response.status >= 500 || response.status === 429,
      why: text(`it answered ${response.status}`, `die Antwort war ${response.status}`),
    }
  } catch (error) {
    const { name, cause } = error as { readonly name?: string; readonly cause?: { readonly code?: unknown } }
    if (name === 'TimeoutError')
      return {
        again: true,
        why: text(`no answer within ${timeout / 1000} s`, `keine Antwort innerhalb von ${timeout / 1000} s`),
      }
    // The code alone: a message may hold the address.
    const code = typeof cause?.code === 'string' ? ` (${cause.code})` : ''
    return {
      again: true,
      why: text(
        `the connection broke or was not made${code}`,
        `die Verbindung brach ab oder kam nicht zustande${code}`,
      ),
    }
  }
}
