// Where things lie below the root of an app on a host. Plain files that a person can read and use without Stellwerk.
export const layout = {
  releases: (root: string) => `${root}/releases`,
  release: (root: string, id: string) => `${root}/releases/${id}`,
  current: (root: string) => `${root}/current`,
  shared: (root: string) => `${root}/shared`,
  staging: (root: string, id: string) => `${root}/.stellwerk/staging/${id}`,
}
