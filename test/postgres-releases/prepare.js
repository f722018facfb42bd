// Makes programs that run out of what npm has brought: links that a package can't hold, and clients that one packs into itself.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inflateRawSync } from 'node:zlib'

const packages = fileURLToPath(new URL('node_modules', import.meta.url))

mkdirSync(packages, { recursive: true }) // not there where no package is for this machine
for (const name of readdirSync(packages)) {
  const folder = join(packages, name)
  if (name.startsWith('server-')) must(process.execPath, [join('scripts', 'hydrate-symlinks.js')], { cwd: folder })
  if (name.startsWith('clients-')) unpackClients(folder)
}

/** The package is one library for Node that holds a whole Postgres as a tar file, for a time when it is asked to install it. */
function unpackClients(folder) {
  const native = join(folder, 'native')
  if (existsSync(join(native, 'bin', 'pg_restore'))) return
  const library = readFileSync(
    join(
      folder,
      readdirSync(folder).find((file) => file.endsWith('.node')),
    ),
  )
  mkdirSync(native, { recursive: true })
  must('tar', ['-x', '-f', '-', '--strip-components', '1', '-C', native], { input: packedIn(library) })
}

/** The tar file that is packed with gzip inside `library`: a header of 10 bytes, then what Node can unpack though more follows. */
function packedIn(library) {
  const header = Buffer.from([0x1f, 0x8b, 0x08, 0x00])
  for (let at = library.indexOf(header); at >= 0; at = library.indexOf(header, at + 1)) {
    const unpacked = inflated(library.subarray(at + 10))
    if (unpacked?.toString('latin1', 257, 262) === 'ustar') return unpacked
  }
  throw new Error('no clients in the package')
}

function inflated(bytes) {
  try {
    return inflateRawSync(bytes)
  } catch {
    return undefined
  }
}

function must(program, args, options) {
  const { status, error, stderr } = spawnSync(program, args, options)
  if (status !== 0) throw error ?? new Error(`${program} failed: ${stderr}`)
}
