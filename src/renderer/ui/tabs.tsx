import { Tabs as Base } from '@base-ui/react/tabs'
import type { ReactNode } from 'react'

export interface Tab<Name extends string> {
  name: Name
  label: ReactNode
  panel: () => ReactNode
}

export interface TabsProps<Name extends string> {
  label: string
  tabs: readonly Tab<Name>[]
  value: Name
  onChange: (name: Name) => void
}

/** Only the panel that is shown is there: a log that nobody sees is not read. */
export const Tabs = <Name extends string>({ label, tabs, value, onChange }: TabsProps<Name>) => (
  <Base.Root
    value={value}
    onValueChange={(name) => {
      const tab = tabs.find((one) => one.name === name)
      if (tab !== undefined) onChange(tab.name)
    }}
    className="grid min-h-0 grid-rows-[auto_minmax(0,1fr)]"
  >
    <Base.List aria-label={label} className="flex flex-wrap gap-x-[18px] border-b border-line px-(--inset)">
      {tabs.map((tab) => (
        <Base.Tab
          key={tab.name}
          value={tab.name}
          className="motion -mb-px min-h-9 border-b-2 border-transparent font-medium text-ink-2 hover:text-ink aria-selected:border-accent aria-selected:text-ink"
        >
          {tab.label}
        </Base.Tab>
      ))}
    </Base.List>
    {tabs.map((tab) => (
      <Base.Panel key={tab.name} value={tab.name} className="min-h-0 outline-none">
        {tab.panel()}
      </Base.Panel>
    ))}
  </Base.Root>
)
