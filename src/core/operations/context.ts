/** What a call brings along: who makes it and through which surface. */
import { type Actor, GantryError, type Surface } from '../../contract/index.ts'

export interface CallContext {
  actor: Actor | null
  surface: Surface
}

/** Who makes this call, which needs a key. */
export const actorOf = ({ actor }: CallContext): Actor => {
  if (actor !== null) return actor
  throw new GantryError('E_AUTH', 'This needs a key.', {
    hint: 'Send `Authorization: Bearer <key>` or `X-API-Key: <key>`; make a key with `gantry access keys create`.',
  })
}
