import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { must } from './processes.ts'

export type Certificate = { keyFile: string; certificateFile: string; key: string; certificate: string }

/** Makes one self-signed certificate that serves git.heroku.com, rendezvous, and Postgres alike, and is its own authority. */
export async function makeCertificate(folder: string): Promise<Certificate> {
  const keyFile = join(folder, 'key.pem')
  const certificateFile = join(folder, 'certificate.pem')
  const configFile = join(folder, 'openssl.cnf')
  await writeFile(configFile, configuration)
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const files = ['-keyout', keyFile, '-out', certificateFile, '-config', configFile]
  await must(['openssl', 'req', '-x509', ...curve, '-days', '2', ...files])
  return readCertificate(folder)
}

/** Reads the one that is in a folder. */
export async function readCertificate(folder: string): Promise<Certificate> {
  const keyFile = join(folder, 'key.pem')
  const certificateFile = join(folder, 'certificate.pem')
  const [key, certificate] = await Promise.all([readFile(keyFile, 'utf8'), readFile(certificateFile, 'utf8')])
  return { keyFile, certificateFile, key, certificate }
}

const configuration = `
[req]
prompt = no
distinguished_name = name
x509_extensions = extensions
[name]
CN = heroku-parity sandbox
[extensions]
basicConstraints = critical, CA:TRUE
subjectAltName = IP:127.0.0.1, DNS:localhost, DNS:git.heroku.com, DNS:api.heroku.com
`
