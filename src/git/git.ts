import { call } from '../run/call.ts'
import { type Captured, capture } from '../run/capture.ts'

/** Asks git about one repository. It changes nothing. */
export type Git = (...args: string[]) => Promise<Captured>

export function gitIn(folder: string): Git {
  return (...args) => capture(call('git', ...args), folder)
}
