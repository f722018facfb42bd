/** Names that are bins of their own; of a review app the number, or the branch, stands behind its bin. */
const bin = /^(?:production|staging|development|pr_app(?: \S+)?)$/

/** How an environment begins a line that can be typed: `staging`, `pr_app 7`, `parity demo`. */
export function typedAs({ name }: { readonly name: string }): string {
  return bin.test(name) ? name : `parity ${name}`
}
