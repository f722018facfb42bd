import { ParityError } from '../../errors.ts'
import type { Unseen } from '../facts.ts'

/** Looks at one thing: gives undefined where that cannot be seen, and remembers why. */
export type Look = <T>(where: string, what: string, question: Promise<T>) => Promise<T | undefined>

/** Errors that parity understands are a line of the report; any other is a bug, and stays one. */
export function lookingAround(): { readonly look: Look; readonly unseen: Unseen[] } {
  const unseen: Unseen[] = []
  const look: Look = async (where, what, question) => {
    try {
      return await question
    } catch (error) {
      if (!(error instanceof ParityError)) throw error
      unseen.push({ where, what, why: error.message, hint: error.hint })
      return undefined
    }
  }
  return { look, unseen }
}
