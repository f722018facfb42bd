// Fails where npm has left out a package of package-lock.json that this machine needs: it does so in silence with what is optional.
import { existsSync, readFileSync } from 'node:fs'

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
const libc = process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc'

/** Whether a list of the lock file (`os`, `cpu`, `libc`) lets this value in: all that it names, or all but what it names with `!`. */
function allows(list, value) {
  if (list === undefined || list.includes(value)) return true
  return list.every((name) => name.startsWith('!')) && !list.includes(`!${value}`)
}

const leftOut = Object.entries(packages).flatMap(([folder, entry]) => {
  const isForUs = allows(entry.os, process.platform) && allows(entry.cpu, process.arch)
  const hasOurLibc = process.platform !== 'linux' || allows(entry.libc, libc)
  return folder === '' || entry.os === undefined || !isForUs || !hasOurLibc || existsSync(folder) ? [] : [folder]
})
for (const folder of leftOut) console.error(`setup: npm has not brought ${folder}`)
if (leftOut.length > 0) process.exit(1)
