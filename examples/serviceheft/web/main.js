// Three pages by path: entry, sign-in, administration.
import { api, keepToken, signedIn } from './api.js'

const page = document.getElementById('page')

const pages = { '/': showEntry, '/auth': showSignIn, '/admin': showAdmin }
const show = pages[location.pathname] ?? showUnknown
void show()
void showState()

function showEntry() {
  page.innerHTML = `<h1>Willkommen</h1>
    <p>Das Service-Heft für ein ganzes Autoleben. Der QR-Code am Fahrzeug öffnet seine öffentliche Seite.</p>
    <p><a href="/public/qr/probe-fahrzeug">Beispiel einer öffentlichen Seite</a></p>`
}

function showSignIn() {
  page.innerHTML = `<h1>Anmelden</h1>
    <form id="request"><label>E-Mail <input id="email" type="email" autocomplete="email" required></label>
    <button>Code anfordern</button></form>
    <form id="verify" hidden><label>Code aus der Mail <input id="code" inputmode="numeric" autocomplete="one-time-code" required></label>
    <button>Anmelden</button></form><p role="alert" id="alert"></p>`
  let challenge
  onSubmit('request', async () => {
    challenge = (await api('/auth/request', { email: value('email') })).challenge_id
    document.getElementById('request').hidden = true
    document.getElementById('verify').hidden = false
    page.dataset.challenge = challenge
  })
  onSubmit('verify', async () => {
    const code = await codeFor(challenge, value('code'))
    keepToken((await api('/auth/verify', { challenge_id: challenge, code })).access_token)
    const { role } = await api('/auth/me')
    await api('/consent/accept', {})
    page.innerHTML = `<h1>Angemeldet</h1><p>Rolle: <b id="role"></b></p><p><a href="/admin">Zur Verwaltung</a></p>`
    document.getElementById('role').textContent = role
  })
}

/** People type the code of the mail. A probe gets no mail: it types its token, and the code is fetched from its mailbox. */
async function codeFor(challenge, typed) {
  if (/^\d{6}$/.test(typed)) return typed
  return (await api(`/probe/mailbox/${challenge}`, undefined, { Authorization: `Bearer ${typed}` })).code
}

async function showAdmin() {
  page.innerHTML = '<h1>Verwaltung</h1><p role="alert" id="alert"></p><ul id="users"></ul>'
  if (!signedIn()) {
    page.innerHTML = '<h1>Verwaltung</h1><p><a href="/auth">Bitte anmelden</a></p>'
    return
  }
  try {
    const { scope } = await api('/admin/step-up/grant', { scope: 'role_grant', ttl_seconds: 60 })
    const { users } = await api('/admin/users')
    page.insertAdjacentHTML('beforeend', '<p id="step-up"></p>')
    document.getElementById('step-up').textContent = `Bestätigt: ${scope}, ${users.length} Personen`
  } catch (error) {
    document.getElementById('alert').textContent = error.message
  }
}

function showUnknown() {
  page.innerHTML = '<h1>Diese Seite gibt es nicht</h1>'
}

async function showState() {
  const { version, release } = await api('/health')
  document.getElementById('state').textContent = `Version ${version}, Release ${release}`
}

function onSubmit(id, work) {
  document.getElementById(id).addEventListener('submit', async event => {
    event.preventDefault()
    try {
      await work()
    } catch (error) {
      document.getElementById('alert').textContent = error.message
    }
  })
}

function value(id) {
  return document.getElementById(id).value
}
