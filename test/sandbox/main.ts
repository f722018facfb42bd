import { startSandbox } from './sandbox.ts'
const t = Date.now()
const s = await startSandbox()
console.error('started', Date.now() - t)
const r = await s.run(['sh', '-c', process.argv[2] ?? 'env'])
process.stdout.write(r.stdout); process.stderr.write(r.stderr)
console.error(r.status, s.requests.map(r => `${r.method} ${r.path} ${r.status} ${r.bytesSent}`).join('\n'))
await s.stop()
