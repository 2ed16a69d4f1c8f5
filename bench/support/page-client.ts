/** The contract's client as a script for the page: it asks the preload for a port like the page itself does. */
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import type { GantryClient } from '../../src/contract/index.ts'

declare global {
  interface Window {
    benchClient: Promise<GantryClient>
  }
}

window.benchClient = new Promise((resolve) => {
  const take = (event: MessageEvent) => {
    const [port] = event.ports
    if (event.data !== 'gantry:port' || port === undefined) return
    // Before the page's own listener: this port is ours.
    event.stopImmediatePropagation()
    window.removeEventListener('message', take, true)
    port.start()
    resolve(createORPCClient(new RPCLink({ port })))
  }
  window.addEventListener('message', take, true)
  window.postMessage('gantry:connect', '*')
})
