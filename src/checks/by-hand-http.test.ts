import { expect, test } from 'vitest'
import { check, type FlowCheck } from '../config/schema/check.ts'
import { flowByHand } from './by-hand-http.ts'

test('what a flow saves is a variable of the shell, however its name is written', () => {
  const flow = check.parse({
    kind: 'flow',
    steps: [
      { name: 'create', url: '/documents', method: 'POST', body: '{}', save: { 'document-id': '$.id' } },
      { name: 'read', url: '/documents/{{ document-id }}', headers: { 'X-Id': '{{document-id}}' } },
    ],
  }) as FlowCheck

  expect(flowByHand(flow, { base: 'http://127.0.0.1:8000' })).toEqual([
    "curl -sS -i -b cookies -c cookies --data-raw '{}' http://127.0.0.1:8000/documents",
    "document_id='<$.id>'",
    `curl -sS -i -b cookies -c cookies -K - <<END
url = "http://127.0.0.1:8000/documents/\${document_id}"
header = "X-Id: \${document_id}"
END`,
  ])
})
