// What signs somebody in, as answers carry it: nobody declared it a secret, and it must not be kept all the same.

const names = 'token|passw|secret|otp|session|csrf|jwt|api[_-]?key|credential|cookie'
/** In JSON, also inside of a JSON text. */
const inText = new RegExp(String.raw`(\\?"[\w-]{0,40}(?:${names})[\w-]{0,40}\\?"\s*:\s*\\?")[^"\\]{8,}`, 'gi')
const inNumber = /(\\?"[\w-]{0,40}(?:otp|passcode)[\w-]{0,40}\\?"\s*:\s*)\d{4,}/gi
const inAddress = new RegExp(
  String.raw`([?&#][\w-]{0,40}(?:${names}|code|ticket|signature)[\w-]{0,40}=)[^&#\s"]+`,
  'gi',
)
const jwt = /\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g

export function withoutCredentials(input: string): string {
  return input
    .replaceAll(jwt, '[secret]')
    .replaceAll(inText, '$1[secret]')
    .replaceAll(inNumber, '$1[secret]')
    .replaceAll(inAddress, '$1[secret]')
}
