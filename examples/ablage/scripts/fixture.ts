// Makes fixtures/: a short German letter as a picture and as a PDF that holds only that picture, as a scanner does. Needs the
// Debian packages poppler-utils and fonts-dejavu-core; the files are kept, so that nobody else needs them.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'

const lines = [
  'Rechnung Nr. 4711',
  'Für die Prüfung der Anlage berechnen wir',
  'einhundert Euro. Zahlbar bis zum 31. März.',
  'Mit freundlichen Grüßen, Müller & Söhne',
]
const [width, height] = [420, 150]

/** A PDF of these objects, with its table of positions. */
function pdf(objects: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [Buffer.from('%PDF-1.4\n')]
  const offsets = objects.map((object, index) => {
    const offset = Buffer.concat(parts).length
    parts.push(Buffer.from(`${index + 1} 0 obj\n`), object, Buffer.from('\nendobj\n'))
    return `${String(offset).padStart(10, '0')} 00000 n \n`
  })
  const start = Buffer.concat(parts).length
  const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.join('')}`
  const end = `trailer << /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`
  return Buffer.concat([...parts, Buffer.from(table + end)])
}

function stream(head: string, body: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`<< ${head} /Length ${body.length} >>\nstream\n`),
    body,
    Buffer.from('\nendstream'),
  ])
}

function page(resources: string, content: Buffer, ...more: readonly Buffer[]): Buffer {
  return pdf([
    Buffer.from('<< /Type /Catalog /Pages 2 0 R >>'),
    Buffer.from('<< /Type /Pages /Kids [3 0 R] /Count 1 >>'),
    Buffer.from(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${width} ${height}] /Contents 4 0 R /Resources << ${resources} >> >>`,
    ),
    content,
    ...more,
  ])
}

const written = lines
  .map((line, index) => `1 0 0 1 24 ${height - 36 - index * 28} Tm (${line.replace(/[()\\]/g, '\\$&')}) Tj`)
  .join('\n')
const typed = page(
  '/Font << /F 5 0 R >>',
  stream('', Buffer.from(`BT /F 16 Tf\n${written}\nET`, 'latin1')),
  Buffer.from('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>'),
)

const directory = mkdtempSync(join(tmpdir(), 'ablage-fixture-'))
try {
  const output = join(import.meta.dirname, '../fixtures')
  writeFileSync(join(directory, 'typed.pdf'), typed)
  const scan = (...words: string[]) =>
    execFileSync('pdftoppm', ['-r', '200', '-mono', '-singlefile', ...words])
  scan('-png', join(directory, 'typed.pdf'), join(output, 'rechnung'))
  scan(join(directory, 'typed.pdf'), join(directory, 'scan'))
  const { pixels, columns, rows } = bitmap(readFileSync(join(directory, 'scan.pbm')))
  const image = stream(
    `/Type /XObject /Subtype /Image /Width ${columns} /Height ${rows} /ColorSpace /DeviceGray /BitsPerComponent 1 /Decode [1 0] /Filter /FlateDecode`,
    deflateSync(pixels, { level: 9 }),
  )
  const draw = stream('', Buffer.from(`q ${width} 0 0 ${height} 0 0 cm /I Do Q`))
  writeFileSync(join(output, 'rechnung.pdf'), page('/XObject << /I 5 0 R >>', draw, image))
} finally {
  rmSync(directory, { recursive: true, force: true })
}

/** A portable bitmap: "P4", width, height, then one bit a pixel. */
function bitmap(file: Buffer): { pixels: Buffer; columns: number; rows: number } {
  const head = /^P4\s+(\d+)\s+(\d+)\s/.exec(file.toString('latin1', 0, 64))
  if (!head) throw new Error('pdftoppm made no bitmap')
  return { pixels: file.subarray(head[0].length), columns: Number(head[1]), rows: Number(head[2]) }
}
