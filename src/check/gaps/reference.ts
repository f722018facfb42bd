import type { AppFacts } from '../facts.ts'

/** Whether that is an app of production: by its stage in the pipeline, else by its name. */
export function isProduction({ name, stage }: Pick<AppFacts, 'name' | 'stage'>): boolean {
  return stage === undefined ? name === 'production' : stage === 'production'
}

/** The app that the others are measured against: production, else the last one named. */
export function referenceOf(apps: readonly AppFacts[]): AppFacts | undefined {
  return apps.find(({ name }) => name === 'production') ?? apps.find(isProduction) ?? apps.at(-1)
}

/** The rest of them. */
export function othersThan(reference: AppFacts | undefined, apps: readonly AppFacts[]): AppFacts[] {
  return apps.filter((app) => app !== reference)
}
