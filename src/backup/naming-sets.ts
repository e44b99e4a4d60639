// `<app>/<environment>/<class>/<id>/`: a directory a set, so that nothing of two sets can be mixed up.
import type { NamingProps } from './names.ts'
import type { Naming } from './naming.ts'
import { isSetId } from './set.ts'

export function setsNaming({ app, environment }: NamingProps): Naming {
  const top = `${app}/${environment}`
  const directory = (setClass: string, id: string) => `${top}/${setClass}/${id}`
  return {
    owner: { app, environment },
    top,
    classDirectory: setClass => `${top}/${setClass}`,
    partFile: (_, { of, store, ending }) => `${of}-${store}.${ending}`,
    path: (setClass, id, file) => `${directory(setClass, id)}/${file}`,
    documentFile: (_, document) => document,
    sumFile: () => undefined,
    setsIn: entries =>
      new Map(
        entries
          .filter(({ name, kind }) => kind === 'directory' && isSetId(name))
          .map(({ name }): [string, readonly string[]] => [name, []]),
      ),
    pathsOf: (setClass, id) => [`${directory(setClass, id)}/manifest.json`, directory(setClass, id)],
  }
}
