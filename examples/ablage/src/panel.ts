// The admin panel: one page, its script beside it, no inline code.
import type { Settings } from './settings.ts'

export function panelPage({ version, release }: Pick<Settings, 'version' | 'release'>): string {
  return `<!doctype html>
<html lang="de">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Ablage: Verwaltung</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/admin/panel.css">
<h1>Ablage: Verwaltung</h1>
<p>Version <b>${version}</b>, Release <code>${escapeHtml(release)}</code></p>
<form id="anmeldung">
  <label>E-Mail <input id="email" type="email" autocomplete="username" required></label>
  <label>Passwort <input id="passwort" type="password" autocomplete="current-password" required></label>
  <button>Anmelden</button>
</form>
<p id="meldung" role="status"></p>
<pre id="zustand" hidden></pre>
<script src="/admin/panel.js" type="module"></script>
</html>
`
}

export const panelStyle = `body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
label { display: block; margin: .5rem 0 }
pre { background: #f3f3f3; padding: 1rem; overflow: auto }
`

export const panelScript = `const byId = id => document.getElementById(id)
const ask = async (path, options) => {
  const response = await fetch(path, options)
  const body = await response.json()
  if (!response.ok) throw new Error(body.detail)
  return body
}
byId('anmeldung').addEventListener('submit', async event => {
  event.preventDefault()
  try {
    const body = JSON.stringify({ email: byId('email').value, passwort: byId('passwort').value })
    const { access_token: token } = await ask('/api/v1/auth/login', { method: 'POST', body })
    const headers = { Authorization: 'Bearer ' + token }
    const [wartung, zustand] = await Promise.all([
      ask('/api/v1/admin/maintenance/status', { headers }),
      ask('/api/v1/health/complete'),
    ])
    byId('anmeldung').hidden = true
    byId('meldung').textContent = wartung.aktiv ? 'Wartung ist an' : 'Angemeldet: ' + zustand.status
    byId('zustand').hidden = false
    byId('zustand').textContent = JSON.stringify(zustand, null, 2)
  } catch (error) {
    byId('meldung').textContent = error.message
  }
})
`

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
