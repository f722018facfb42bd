/** The process types that run on dynos, in the order of a Procfile. */
export function processTypes(procfile: string): string[] {
  return [...procfile.matchAll(/^([\w-]+):[ \t]*\S/gm)].flatMap(([, type = '']) => (type === 'release' ? [] : [type]))
}
