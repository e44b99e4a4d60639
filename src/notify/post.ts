// One POST of JSON to an address that may be as good as a password: it is never shown.
import { text } from '../core/lang.ts'
import { type Failure, timeout } from './channel.ts'
import { answered, broken } from './post-failure.ts'

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
    return response.ok ? undefined : answered(response.status)
  } catch (error) {
    return broken(error)
  }
}
