// Talks to the API below /api; nginx takes that away.
let token = sessionStorage.getItem('token')

export function signedIn() {
  return token !== null
}

export function keepToken(value) {
  token = value
  sessionStorage.setItem('token', value)
}

export async function api(path, body, headers = {}) {
  const response = await fetch(`/api${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: body === undefined ? null : JSON.stringify(body),
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.detail)
  return answer
}
