// Documents as JSON, as CSV for a spreadsheet, and as a stream of lines that says at its end that it is complete.
import type { ServerResponse } from 'node:http'
import type { Document } from './documents.ts'
import { HttpError, send } from './http.ts'

const columns = [
  'id',
  'titel',
  'dateiname',
  'status',
  'source',
  'sha256',
  'bytes',
  'angelegt_am',
  'text',
] as const

export function sendExport(response: ServerResponse, format: string, documents: readonly Document[]): void {
  if (format === 'json') {
    const dokumente = documents.map(toRow)
    send(
      response,
      200,
      'application/json; charset=utf-8',
      JSON.stringify({ anzahl: dokumente.length, dokumente }),
    )
  } else if (format === 'csv') {
    const lines = [columns.join(';'), ...documents.map(toLine)]
    // The mark at the start is how a spreadsheet knows that it is UTF-8.
    send(response, 200, 'text/csv; charset=utf-8', `\uFEFF${lines.join('\r\n')}\r\n`)
  } else if (format === 'ndjson') {
    response.writeHead(200, { 'Content-Type': 'application/x-ndjson; charset=utf-8' })
    for (const document of documents) response.write(`${JSON.stringify(toRow(document))}\n`)
    response.end(`${JSON.stringify({ done: true, anzahl: documents.length })}\n`)
  } else {
    throw new HttpError(422, 'format muss json, csv oder ndjson sein')
  }
}

function toRow(document: Document): Readonly<Record<string, unknown>> {
  return Object.fromEntries(columns.map(column => [column, document[column]]))
}

function toLine(document: Document): string {
  return columns
    .map(column => {
      const value = document[column]
      return value instanceof Date ? value.toISOString() : String(value ?? '')
    })
    .map(value => (/[";\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value))
    .join(';')
}
