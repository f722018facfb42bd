/** Types that run once, when a person or a release asks for them, and those that review apps run once. */
const oneOff = ['release', 'console', 'rake', 'postdeploy']

/** The process types that run on dynos, in the order of a Procfile. */
export function processTypes(procfile: string): string[] {
  return [...procfile.matchAll(/^([\w-]+):[ \t]*\S/gm)].flatMap(([, type = '']) =>
    oneOff.includes(type) ? [] : [type],
  )
}
