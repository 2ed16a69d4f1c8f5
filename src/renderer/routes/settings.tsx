import { useQuery } from '@tanstack/react-query'
import type { SettingState } from '../../contract/index.ts'
import { NotAllowed } from '../features/access/not-allowed.tsx'
import { useMay } from '../features/access/use-may.ts'
import { SettingRow } from '../features/settings/setting-row.tsx'
import { rpc } from '../rpc.ts'
import { Card } from '../ui/card.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { QueryView } from '../ui/query-view.tsx'
import { Empty, Loading } from '../ui/states.tsx'
import { Status } from '../ui/status.tsx'

const Problem = ({ text, usable }: { text: string; usable: boolean }) => (
  <div role="alert" className="card grid gap-1 border-l-[3px] border-l-wait px-(--inset) py-3">
    <Status state="wait">{usable ? 'Look at the settings file' : 'The settings file cannot be used'}</Status>
    <p className="wrap-anywhere">{text}</p>
    {!usable && <p className="text-ink-2">The last good values apply until it is mended.</p>}
  </div>
)

const SettingsList = () => {
  const mayWrite = useMay('settings:write') === true
  const settings = useQuery(rpc.settings.get.queryOptions({ input: {} }))
  return (
    <div className="mx-auto grid max-w-[920px] gap-(--gap)">
      {settings.data === undefined ? (
        <div className="card">
          <QueryView query={settings} rows={12}>
            {() => null}
          </QueryView>
        </div>
      ) : (
        <>
          {settings.data.problem !== null && <Problem text={settings.data.problem} usable={settings.data.usable} />}
          {settings.data.items.length === 0 && (
            <div className="card">
              <Empty title="There is nothing to set" />
            </div>
          )}
          {[...Map.groupBy(settings.data.items, (item: SettingState) => item.group)].map(([group, items]) => (
            <Card key={group} title={group}>
              <ul>
                {items.map((setting) => (
                  <SettingRow key={setting.key} setting={setting} mayWrite={mayWrite} />
                ))}
              </ul>
            </Card>
          ))}
          <p className="flex flex-wrap items-center gap-2 text-sm text-ink-2">
            Kept in <code className="font-mono wrap-anywhere">{settings.data.file}</code>
            <CopyButton text={settings.data.file} what="path of the settings file" />
          </p>
        </>
      )}
    </div>
  )
}

export const SettingsPage = () => {
  const may = useMay('settings:read')
  if (may === undefined)
    return (
      <div className="card">
        <Loading rows={12} />
      </div>
    )
  return may ? (
    <SettingsList />
  ) : (
    <div className="card">
      <NotAllowed what="see the settings" />
    </div>
  )
}
