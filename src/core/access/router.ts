import { type Os, actorOf } from '../operations/index.ts'
import { GantryError } from '../../contract/index.ts'
import type { Access } from './index.ts'

export interface AccessRouterDeps {
  access: Access
  url: () => string | null
}

export const createAccessRouter = (os: Os, { access, url }: AccessRouterDeps) => ({
  access: os.access.router({
    keys: {
      create: os.access.keys.create.handler(({ input, context }) => access.keys.create(input, actorOf(context).name)),
      list: os.access.keys.list.handler(({ input }) => ({ items: access.keys.list(input.revoked) })),
      revoke: os.access.keys.revoke.handler(({ input }) => access.keys.revoke(input.id)),
    },
    loginLink: os.access.loginLink.handler(({ context }) => {
      const base = url()
      if (base === null) {
        throw new GantryError('E_UNAVAILABLE', 'The dashboard is not reachable: Gantry does not listen for HTTP.', {
          hint: 'Switch on the setting http.enabled.',
        })
      }
      return access.dashboardLink(base, actorOf(context))
    }),
    login: os.access.login.handler(({ input }) => access.sessions.redeem(input.code)),
    logout: os.access.logout.handler(({ context }) => {
      const { kind, id } = actorOf(context)
      if (kind !== 'session') {
        throw new GantryError('E_CONFLICT', 'Only a browser that signed in can sign out.', {
          hint: 'A key ends when it is revoked.',
        })
      }
      access.sessions.end(id)
      return { ended: true as const }
    }),
    whoami: os.access.whoami.handler(({ context }) => actorOf(context)),
  }),
  audit: os.audit.router({ list: os.audit.list.handler(({ input }) => access.audit.list(input)) }),
})
