/** A desktop that shows tray icons: a private bus, and on it the watcher with which programs register theirs. */
import { expect } from '@playwright/test'
import dbus from 'dbus-next'
import { run } from './processes.ts'
import type { Stage } from './stage.ts'

const { Message, MessageFlag, MessageType, Variant, sessionBus } = dbus
type Bus = ReturnType<typeof sessionBus>

const WATCHER = 'org.kde.StatusNotifierWatcher'
const ITEM = 'org.kde.StatusNotifierItem'
const MENU = 'com.canonical.dbusmenu'
const PROPERTIES = 'org.freedesktop.DBus.Properties'

export interface MenuEntry {
  id: number
  label: string
  enabled: boolean
}

export interface TrayItem {
  tooltip: () => Promise<string>
  menu: () => Promise<MenuEntry[]>
  click: (label: string) => Promise<void>
}

export interface Desktop {
  env: Record<string, string>
  /** The icon that was registered. */
  trayItem: () => Promise<TrayItem>
}

type Properties = Record<string, { value: unknown }>

const watcherProperties = (items: readonly string[]) => ({
  IsStatusNotifierHostRegistered: new Variant('b', true),
  ProtocolVersion: new Variant('i', 0),
  RegisteredStatusNotifierItems: new Variant('as', [...items]),
})

/** Explicit messages throughout: the objects of a tray icon do not introspect. */
const serveWatcher = (bus: Bus, items: string[]) =>
  bus.addMethodHandler((message: InstanceType<typeof Message>) => {
    if (message.path !== '/StatusNotifierWatcher') return false
    const answer = (signature: string, body: unknown[]) => {
      bus.send(Message.newMethodReturn(message, signature, body))
      return true
    }
    const properties: Record<string, InstanceType<typeof Variant>> = watcherProperties(items)
    switch (message.member) {
      case 'RegisterStatusNotifierItem':
        items.push(String(message.body[0]))
        return answer('', [])
      case 'RegisterStatusNotifierHost':
        return answer('', [])
      case 'Get':
        return answer('v', [properties[String(message.body[1])] ?? new Variant('s', '')])
      case 'GetAll':
        return answer('a{sv}', [properties])
      default:
        return false
    }
  })

const ask = async (
  bus: Bus,
  destination: string,
  path: string,
  [name, member]: readonly [string, string],
  signature = '',
  body: unknown[] = [],
) => {
  const reply = await bus.call(
    new Message({ type: MessageType.METHOD_CALL, destination, path, interface: name, member, signature, body }),
  )
  return reply?.body ?? []
}

const entriesOf = ([, [, , children]]: [
  number,
  [number, Properties, { value: [number, Properties] }[]],
]): MenuEntry[] =>
  children
    .map(({ value: [id, properties] }) => ({
      id,
      label: String(properties['label']?.value ?? ''),
      enabled: properties['enabled']?.value !== false,
      isSeparator: properties['type']?.value === 'separator',
    }))
    .filter(({ isSeparator }) => !isSeparator)
    .map(({ id, label, enabled }) => ({ id, label, enabled }))

const itemAt = (bus: Bus, service: string): TrayItem => {
  const properties = async () => {
    const [all] = await ask(bus, service, '/StatusNotifierItem', [PROPERTIES, 'GetAll'], 's', [ITEM])
    return all as Properties
  }
  const menuPath = async () => String((await properties())['Menu']?.value)
  const menu = async () =>
    entriesOf((await ask(bus, service, await menuPath(), [MENU, 'GetLayout'], 'iias', [0, -1, []])) as never)
  return {
    menu,
    tooltip: async () => {
      const parts = (await properties())['ToolTip']?.value as [string, unknown, string, string] | undefined
      return parts?.[2] ?? ''
    },
    click: async (label) => {
      const entry = (await menu()).find((candidate) => candidate.label === label)
      if (entry === undefined) throw new Error(`The tray has no entry "${label}"`)
      // No answer is waited for: what quits gives none.
      bus.send(
        new Message({
          type: MessageType.METHOD_CALL,
          flags: MessageFlag.NO_REPLY_EXPECTED,
          destination: service,
          path: await menuPath(),
          interface: MENU,
          member: 'Event',
          signature: 'isvu',
          body: [entry.id, 'clicked', new Variant('i', 0), 0],
        }),
      )
    },
  }
}

export const openDesktop = async (stage: Stage): Promise<Desktop> => {
  const daemon = run('dbus-daemon', ['--session', '--nofork', '--nopidfile', '--print-address=1'])
  stage.onEnd(async () => {
    daemon.child.kill()
    await daemon.exit
  })
  await expect.poll(() => daemon.stdout()).toContain('\n')
  const busAddress = daemon.stdout().trim()
  const bus = sessionBus({ busAddress })
  stage.onEnd(() => bus.disconnect())
  const items: string[] = []
  serveWatcher(bus, items)
  await bus.requestName(WATCHER, 0)
  return {
    env: { DBUS_SESSION_BUS_ADDRESS: busAddress, XDG_CURRENT_DESKTOP: 'KDE' },
    trayItem: async () => {
      await expect.poll(() => items.length).toBe(1)
      return itemAt(bus, items[0] ?? '')
    },
  }
}
