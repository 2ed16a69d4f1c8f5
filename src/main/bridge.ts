/** The one channel between page and core: a MessagePort for each trusted page that asks. */
import { type IpcMainEvent, MessageChannelMain, type MessagePortMain, ipcMain } from 'electron'
import { RPCHandler } from '@orpc/server/message-port'
import type { Core } from '../core/index.ts'
import { isTrusted } from './trust.ts'

export interface BridgeOptions {
  core: Promise<Core>
  trusted: { windows: ReadonlySet<number>; origins: ReadonlySet<string> }
}

export const openBridge = ({ core, trusted }: BridgeOptions): void => {
  // Held, or the collector would close the port of a page that is quiet for a while.
  const open = new Set<MessagePortMain>()
  const handler = core.then(({ router }) => new RPCHandler(router))

  ipcMain.on('gantry:connect', (event: IpcMainEvent) => {
    const { sender, senderFrame } = event
    if (senderFrame === null || !isTrusted({ contentsId: sender.id, frame: senderFrame }, trusted)) {
      void core.then(({ log }) => log.warn({ origin: senderFrame?.origin }, 'a page that is not ours asked for a port'))
      return
    }
    void Promise.all([core, handler]).then(([{ ownerContext }, rpc]) => {
      // While the core started the page may have gone, or loaded anew and asked again.
      if (sender.isDestroyed() || senderFrame.isDestroyed()) return
      const { port1, port2 } = new MessageChannelMain()
      open.add(port1)
      port1.once('close', () => open.delete(port1))
      rpc.upgrade(port1, { context: ownerContext })
      port1.start()
      senderFrame.postMessage('gantry:port', null, [port2])
    })
  })
}
