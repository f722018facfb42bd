import type { Service } from '../../../src/services/recipe.ts'

/** A service of production's, as the smallest plan of its add-on gives it. */
export const service = (name: string, engine: Service['engine'], version?: string): Service => ({
  name,
  engine,
  version,
  addon: `heroku-${name}:mini`,
  configVars: [`${name.toUpperCase()}_URL`],
  extensions: [],
})
