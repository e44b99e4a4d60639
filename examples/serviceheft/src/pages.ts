// Pages that need no script: what a telephone shows after it has read the QR code at the car.
import type { PublicPage } from './vehicles.ts'

export function qrPage(page: PublicPage): string {
  const rows = [
    ['Vertrauensampel', page.trust_light],
    ['Hinweis', page.hint],
    ['Historie', page.history_status],
    ['Belege', page.evidence_status],
  ]
  const list = rows
    .map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`)
    .join('')
  return layout(
    page.name,
    `<h1>${escapeHtml(page.name)}</h1><dl>${list}</dl><p>${escapeHtml(page.disclaimer)}</p>`,
  )
}

export function unknownPage(): string {
  return layout('Unbekanntes Fahrzeug', '<h1>Dieses Fahrzeug ist nicht bekannt</h1>')
}

export function sitePage(version: string): string {
  return layout('ServiceHeft', `<h1>ServiceHeft</h1><p>Schnittstelle, Version ${escapeHtml(version)}</p>`)
}

function layout(title: string, body: string): string {
  return `<!doctype html>
<html lang="de">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
${body}
</html>
`
}

function escapeHtml(text: string | undefined): string {
  return (text ?? '').replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
