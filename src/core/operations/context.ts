/** What a call brings along: who makes it and through which surface. */
import { type Actor, GantryError, type Surface } from '../../contract/index.ts'

export interface CallContext {
  actor: Actor | null
  surface: Surface
}

/** For handlers of operations that need a key: by then there is one. */
export const actorOf = ({ actor }: CallContext): Actor => {
  if (actor === null) throw new GantryError('E_AUTH', 'This needs a key.')
  return actor
}
