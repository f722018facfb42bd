export type Named = { readonly name: string; readonly app: string }

/** Whether `prod`, `production` or `live` stands as a word in the environment's name or its app's. */
export function soundsLive({ name, app }: Named): boolean {
  return [name, app].some((text) =>
    text
      .toLowerCase()
      .split(/[-_]/)
      .some((word) => ['prod', 'production', 'live'].includes(word)),
  )
}
