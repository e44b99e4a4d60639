// Text only ever enters through textContent: callers decide what stands in a call.
const columns = ['id', 'caller', 'status', 'intent']

async function showHealth() {
  const line = document.querySelector('#health')
  const health = await fetch('/api/health/detailed').then(response => response.json())
  const bad = Object.keys(health.checks).filter(name => !health.checks[name].ok)
  line.textContent = health.healthy ? 'Alles in Ordnung' : `Gestört: ${bad.join(', ')}`
  line.className = health.healthy ? 'good' : 'bad'
}

async function showCalls() {
  const { calls } = await fetch('/api/calls').then(response => response.json())
  const rows = calls.map(call => {
    const row = document.createElement('tr')
    for (const column of columns) row.insertCell().textContent = call[column] ?? ''
    return row
  })
  document.querySelector('#calls').replaceChildren(...rows)
}

document.querySelector('#call').addEventListener('submit', async event => {
  event.preventDefault()
  const form = new FormData(event.target)
  const body = JSON.stringify({ caller: form.get('caller'), utterances: [form.get('said')] })
  await fetch('/api/calls', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })
  await showCalls()
})

async function refresh() {
  await Promise.all([showHealth(), showCalls()]).catch(() => undefined)
}
await refresh()
setInterval(refresh, 2_000)
