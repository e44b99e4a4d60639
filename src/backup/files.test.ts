import { expect, it } from 'vitest'
import { parseFileFacts, storedName } from './files.ts'

const whole = 'files\t2\nbytes\t10\nlinks\t0\ndirectories\t1\ndigest\tabc\nend\n'

it('reads the facts of a store', () => {
  expect(parseFileFacts(whole)).toEqual({ files: 2, bytes: 10, links: 0, directories: 1, digest: 'abc' })
})

it('reads how many files moved', () => {
  expect(parseFileFacts(whole.replace('end', 'moved\t3\nend'))).toMatchObject({ files: 2, moved: 3 })
  expect(parseFileFacts(whole.replace('end', 'moved\t0\nend'))).not.toHaveProperty('moved')
})

it.each([
  ['with a word for what moved', whole.replace('end', 'moved\tsome\nend')],
  ['cut', whole.replace('end\n', '')],
  ['without a count', whole.replace('files\t2\n', '')],
  ['with a word for a number', whole.replace('bytes\t10', 'bytes\tten')],
  ['empty', ''],
])('knows nothing from facts that are %s', (_, content) => {
  expect(parseFileFacts(content)).toBeUndefined()
})

it.each([
  ['shared/storage/', 'shared/storage'],
  ['/etc/app.conf', 'etc/app.conf'],
  ['./', '.'],
  ['a//b/./c', 'a/b/c'],
])('names %s in the archive', (path, name) => {
  expect(storedName(path)).toBe(name)
})
