import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Image, imagesIn } from '../../services/images.ts'
import type { Files } from '../facts.ts'

/** Files that say which tools a project wants: those of one version are looked at in what runs on Heroku, too. */
export const toolFiles = [
  '.java-version',
  '.mise.toml',
  '.node-version',
  '.nvmrc',
  '.python-version',
  '.ruby-version',
  '.sdkmanrc',
  '.tool-versions',
  'Gemfile',
  'Gemfile.lock',
  'Pipfile.lock',
  'Procfile',
  'app.json',
  'composer.json',
  'composer.lock',
  'elixir_buildpack.config',
  'go.mod',
  'mise.toml',
  'mix.exs',
  'package.json',
  'pyproject.toml',
  'runtime.txt',
  'system.properties',
] as const

/** Files of CI services that pin images. */
const ciFiles = ['.gitlab-ci.yml', '.circleci/config.yml', 'bitbucket-pipelines.yml']

/** Where files with images are, and how they are called: compose files with their overrides, Dockerfiles, workflows. */
const imageFolders: readonly (readonly [folder: string, names: RegExp])[] = [
  ['', /^((docker-)?compose[\w.-]*\.ya?ml|Dockerfile[\w.-]*)$/],
  ['.devcontainer', /^((docker-)?compose[\w.-]*\.ya?ml|Dockerfile[\w.-]*)$/],
  ['.github/workflows', /\.ya?ml$/],
]

/** Where frameworks keep migrations. */
const migrations = [
  // Rails: one folder for each database
  /(^|\/)db\/(\w+_)?migrate\/[^/]+\.rb$/,
  // Sequel
  /(^|\/)db\/migrations\/[^/]+\.(rb|sql)$/,
  // Django and Flask; Alembic's are in `versions`
  /(^|\/)migrations\/(?!__init__|env\.py)[^/]+\.py$/,
  /(^|\/)(alembic|migrations)\/versions\/(?!__init__)[^/]+\.py$/,
  // Ecto, also several repositories
  /(^|\/)priv\/[^/]+\/migrations\/[^/]+\.exs$/,
  // Laravel
  /(^|\/)database\/migrations\/([^/]+\/)*[^/]+\.php$/,
  // Prisma
  /(^|\/)migrations\/[^/]+\/migration\.sql$/,
  // Diesel
  /(^|\/)migrations\/[^/]+\/up\.sql$/,
  // Flyway
  /(^|\/)db\/migration\/([^/]+\/)*[VR][^/]*__[^/]+\.sql$/,
  // Knex, Drizzle and their like
  /(^|\/)(migrations|drizzle)\/[^/]+\.(js|ts|cjs|mjs|sql)$/,
]

/** What lies among them, and is none: tests, the way back, types. */
const noMigration =
  /(^|\/)(tests?|spec|__tests__|node_modules|vendor)\/|[._](test|spec|down)\.\w+$|(^|\/)down\.sql$|\.d\.ts$/

/** Whether a file of that path is a migration of the database. */
export function isMigration(path: string): boolean {
  return !noMigration.test(path) && migrations.some((pattern) => pattern.test(path))
}

/** The files about tools in the working tree; those that are missing are left out. */
export async function readToolFiles(root: string): Promise<Files> {
  const texts = await Promise.all(toolFiles.map((file) => textOf(root, file)))
  return Object.fromEntries(
    toolFiles.flatMap((file, index) => (texts[index] === undefined ? [] : [[file, texts[index]]])),
  )
}

/** The images that compose files, Dockerfiles and descriptions of CI pin. */
export async function readImages(root: string): Promise<Image[]> {
  const folders = await Promise.all(
    imageFolders.map(async ([folder, names]) => {
      const entries = await readdir(join(root, folder)).catch(() => [])
      return entries.filter((name) => names.test(name)).map((name) => (folder === '' ? name : `${folder}/${name}`))
    }),
  )
  const files = [...folders.flat().sort(), ...ciFiles]
  const found = await Promise.all(files.map(async (file) => imagesIn(file, (await textOf(root, file)) ?? '')))
  return found.flat()
}

async function textOf(root: string, file: string): Promise<string | undefined> {
  return readFile(join(root, file), 'utf8').catch(() => undefined)
}
