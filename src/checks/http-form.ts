// A form as multipart/form-data, as a browser sends it.
import { basename } from 'node:path'
import type { Form } from '../config/schema/checks/request.ts'
import { type Attempt, attempt, type CheckContext } from './context.ts'
import { readLocalFile } from './local-file.ts'
import type { References } from './references.ts'

export interface EncodedForm {
  readonly body: Buffer
  readonly contentType: string
}

/** A file that cannot be read says nothing about the app: unknown. */
export async function encodeForm(
  form: Form,
  { directory }: CheckContext,
  references: References,
  boundary: string,
): Promise<EncodedForm | Attempt> {
  const parts: Buffer[] = []
  for (const [name, field] of Object.entries(form)) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(name)}"`
    if (typeof field === 'string') {
      parts.push(Buffer.from(`${head}\r\n\r\n${references.resolve(field)}\r\n`))
      continue
    }
    const path = references.resolve(field.file)
    const content = await readLocalFile(path, directory)
    if (!content.ok) return attempt('unknown', content.error)
    const filename = escaped(field.name ?? basename(path))
    parts.push(Buffer.from(`${head}; filename="${filename}"\r\nContent-Type: ${field.type}\r\n\r\n`))
    parts.push(content.value, Buffer.from('\r\n'))
  }
  parts.push(Buffer.from(`--${boundary}--\r\n`))
  return { body: Buffer.concat(parts), contentType: `multipart/form-data; boundary=${boundary}` }
}

/** As the HTML standard escapes a name: a quote or a line break would end the header. */
function escaped(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}
