import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Image, imagesIn } from '../../services/images.ts'
import type { Files } from '../facts.ts'

/** Files that say which tools a project wants: those of one version are looked at in what runs on Heroku, too. */
export const toolFiles = [
  '.ruby-version',
  '.node-version',
  '.nvmrc',
  '.python-version',
  '.tool-versions',
  'Gemfile',
  'Procfile',
  'app.json',
  'go.mod',
  'package.json',
  'runtime.txt',
] as const

const imageFiles = [
  'compose.yaml',
  'compose.yml',
  'docker-compose.yaml',
  'docker-compose.yml',
  '.gitlab-ci.yml',
  '.circleci/config.yml',
  'bitbucket-pipelines.yml',
  '.travis.yml',
]

/** Where frameworks keep migrations: Rails, Django, Phoenix, Laravel, Prisma, Knex and their like. */
const migrations = [
  /(^|\/)db\/migrate\/[^/]+\.rb$/,
  /(^|\/)migrations\/(?!__init__)[^/]+\.py$/,
  /(^|\/)priv\/[^/]+\/migrations\/[^/]+\.exs$/,
  /(^|\/)database\/migrations\/[^/]+\.php$/,
  /(^|\/)migrations\/[^/]+\/migration\.sql$/,
  /(^|\/)migrations\/[^/]+\.(js|ts|cjs|mjs|sql)$/,
]

/** Whether a file of that path is a migration of the database. */
export function isMigration(path: string): boolean {
  return migrations.some((pattern) => pattern.test(path))
}

/** The files about tools in the working tree; those that are missing are left out. */
export async function readToolFiles(root: string): Promise<Files> {
  const texts = await Promise.all(toolFiles.map((file) => textOf(root, file)))
  return Object.fromEntries(
    toolFiles.flatMap((file, index) => (texts[index] === undefined ? [] : [[file, texts[index]]])),
  )
}

/** The images that compose files and descriptions of CI pin. */
export async function readImages(root: string): Promise<Image[]> {
  const workflows = await readdir(join(root, '.github/workflows')).catch(() => [])
  const files = [
    ...imageFiles,
    ...workflows.filter((name) => /\.ya?ml$/.test(name)).map((name) => `.github/workflows/${name}`),
  ]
  const found = await Promise.all(files.map(async (file) => imagesIn(file, (await textOf(root, file)) ?? '')))
  return found.flat()
}

async function textOf(root: string, file: string): Promise<string | undefined> {
  return readFile(join(root, file), 'utf8').catch(() => undefined)
}
