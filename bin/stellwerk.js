#!/usr/bin/env node
// The launcher. Old JavaScript on purpose: it must load on the Node that a machine happens to have (12 and newer), find
// the Node 24 that came with the package, and hand over to it. On Node 24 it loads the program at once.
'use strict'

const fs = require('fs')
const path = require('path')

const root = path.join(__dirname, '..')
const needed = 24
/** No Node 24 on this machine: nothing was started. sysexits.h calls 69 "a service is unavailable". */
const noNode = 69

if (Number(process.versions.node.split('.')[0]) >= needed) load()
else handOver()

function load() {
  // Compiled code is kept between starts. Not in the shared /tmp, which is Node's default: whoever can write there
  // could plant code that a person with the keys to production would run.
  const home = process.env.XDG_CACHE_HOME || (process.env.HOME && path.join(process.env.HOME, '.cache'))
  const compile = require('module').enableCompileCache
  if (home && path.isAbsolute(home)) compile(path.join(home, 'stellwerk'))

  const source = path.join(root, 'src', 'wire.ts')
  const bundle = path.join(root, 'dist', 'cli.js')
  // A published package has no src. A checkout runs its source as soon as that is newer than the bundle.
  const entry = fs.existsSync(source) && !isFresh(bundle, path.join(root, 'src')) ? source : bundle
  import(require('url').pathToFileURL(entry).href)
    .then(program => (typeof program.main === 'function' ? program.main(process.argv.slice(2)) : undefined))
    .then(code => {
      if (typeof code === 'number') process.exitCode = code
    })
    .catch(error => {
      console.error(error)
      process.exitCode = 70
    })
}

/** True when `bundle` exists and no file or directory below `directory` changed after it was written. */
function isFresh(bundle, directory) {
  try {
    return !hasNewer(directory, fs.statSync(bundle).mtimeMs)
  } catch (_) {
    return false
  }
}

function hasNewer(directory, time) {
  // The directory itself tells of a file that was removed or renamed.
  if (fs.statSync(directory).mtimeMs > time) return true
  return fs.readdirSync(directory, { withFileTypes: true }).some(entry => {
    const file = path.join(directory, entry.name)
    if (entry.isDirectory()) return hasNewer(file, time)
    return /\.ts$/.test(entry.name) && !/\.test\.ts$/.test(entry.name) && fs.statSync(file).mtimeMs > time
  })
}

function handOver() {
  const node = findNode()
  if (node === undefined) {
    console.error(explain())
    process.exitCode = noNode
    return
  }
  const isatty = require('tty').isatty
  const spawn = require('child_process').spawn
  const child = spawn(node, [__filename].concat(process.argv.slice(2)), { stdio: 'inherit' })
  const handlers = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'].map(signal => {
    const handler = () => {
      // A terminal sends Ctrl-C to the whole process group, so the child already has it; sent on, it would count as
      // the second Ctrl-C, which gives up the clean-up.
      const fromTerminal = signal === 'SIGINT' || signal === 'SIGQUIT'
      if (!fromTerminal || !(isatty(0) || isatty(1) || isatty(2))) child.kill(signal)
    }
    process.on(signal, handler)
    return [signal, handler]
  })
  child.on('error', error => {
    console.error(String(error))
    process.exitCode = noNode
  })
  child.on('exit', (code, signal) => {
    handlers.forEach(pair => {
      process.removeListener(pair[0], pair[1])
    })
    // The same end for whoever watches this process: an exit code, or death by the same signal.
    if (signal === null) process.exitCode = code
    else process.kill(process.pid, signal)
  })
}

/** The executable of the `node` package that this package depends on, wherever npm put it. */
function findNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  const platform = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  for (const dependency of ['node', platform]) {
    try {
      const manifest = require.resolve(`${dependency}/package.json`)
      const version = JSON.parse(fs.readFileSync(manifest, 'utf8')).version
      const file = path.join(path.dirname(manifest), 'bin', name)
      if (Number(version.split('.')[0]) >= needed && fs.existsSync(file)) return file
    } catch (_) {
      // This one is not installed; the next may be.
    }
  }
  return undefined
}

function explain() {
  const place = path.join(root, 'node_modules', 'node')
  const command = `npm install --allow-scripts=node node@${needed}`
  const language = process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || ''
  return /^de/.test(language)
    ? `Stellwerk braucht Node ${needed} oder neuer; hier läuft ${process.version}, und das Node, das zum Paket gehört, fehlt in
  ${place}
  (das geschieht, wenn npm keine Installationsskripte ausführt).
Abhilfe, eines von beiden:
  ${command}     im Verzeichnis des Projekts
  Node ${needed} installieren: https://nodejs.org/`
    : `Stellwerk needs Node ${needed} or newer; this is ${process.version}, and the Node that belongs to the package is missing in
  ${place}
  (that happens when npm does not run install scripts).
One of these helps:
  ${command}     in the directory of the project
  install Node ${needed}: https://nodejs.org/`
}
