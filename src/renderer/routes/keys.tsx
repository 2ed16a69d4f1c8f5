import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { Suspense, lazy, useId, useRef, useState } from 'react'
import type { ApiKey } from '../../contract/index.ts'
import { NotAllowed } from '../features/access/not-allowed.tsx'
import { useMay } from '../features/access/use-may.ts'
import { KeysTable } from '../features/keys/keys-table.tsx'
import { useListKeys } from '../features/shell/use-list-keys.ts'
import { rpc } from '../rpc.ts'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { INPUT } from '../ui/field.tsx'
import { QueryView } from '../ui/query-view.tsx'
import { Empty, Loading } from '../ui/states.tsx'
import { Switch } from '../ui/switch.tsx'

const CreateKeyDialog = lazy(async () => ({
  default: (await import('../features/keys/create-key-dialog.tsx')).CreateKeyDialog,
}))
const RevokeDialog = lazy(async () => ({ default: (await import('../features/keys/revoke-dialog.tsx')).RevokeDialog }))

type Open = { kind: 'none' } | { kind: 'create' } | { kind: 'revoke'; key: ApiKey }

const KeyList = () => {
  const mayWrite = useMay('access:write') === true
  const [revoked, setRevoked] = useState(false)
  const [search, setSearch] = useState('')
  const [open, setOpen] = useState<Open>({ kind: 'none' })
  const keys = useQuery(rpc.access.keys.list.queryOptions({ input: { revoked }, placeholderData: (former) => former }))
  const list = useRef<HTMLDivElement>(null)
  const filter = useRef<HTMLInputElement>(null)
  const switchId = useId()
  useListKeys(list, filter)
  const close = () => setOpen({ kind: 'none' })
  const matches = ({ name, id, role }: ApiKey) =>
    `${name} ${id} ${role}`.toLowerCase().includes(search.trim().toLowerCase())
  const createButton = mayWrite && (
    <Button look="primary" onClick={() => setOpen({ kind: 'create' })}>
      <Plus aria-hidden="true" className="size-4" />
      Create key
    </Button>
  )
  return (
    <div ref={list} className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <input
          ref={filter}
          type="search"
          aria-label="Filter keys"
          placeholder="Filter keys"
          className={`${INPUT} max-w-[260px]`}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        <span className="flex items-center gap-2">
          <Switch id={switchId} checked={revoked} onChange={setRevoked} />
          <label htmlFor={switchId} className="text-ink-2">
            Show revoked
          </label>
        </span>
        <span className="ml-auto">{createButton}</span>
      </div>
      <Card title="API keys" note="what programs show over HTTP; the window and the command line need none">
        <QueryView
          query={keys}
          rows={4}
          empty={{
            when: (data) => data.items.length === 0,
            show: (
              <Empty title="No key yet" action={createButton}>
                A program that reaches Gantry over HTTP needs one. Create a key, give it the smallest role that does,
                and copy its secret.
              </Empty>
            ),
          }}
        >
          {(data) => {
            const shown = data.items.filter(matches)
            return shown.length === 0 ? (
              <Empty
                title="No key matches"
                action={
                  <Button size="s" onClick={() => setSearch('')}>
                    Clear filter
                  </Button>
                }
              />
            ) : (
              <KeysTable keys={shown} onRevoke={mayWrite ? (key) => setOpen({ kind: 'revoke', key }) : undefined} />
            )
          }}
        </QueryView>
      </Card>
      <Suspense>
        {open.kind === 'create' && <CreateKeyDialog onClose={close} />}
        {open.kind === 'revoke' && <RevokeDialog apiKey={open.key} onClose={close} />}
      </Suspense>
    </div>
  )
}

export const KeysPage = () => {
  const may = useMay('access:read')
  if (may === undefined)
    return (
      <div className="card">
        <Loading rows={4} />
      </div>
    )
  return may ? (
    <KeyList />
  ) : (
    <div className="card">
      <NotAllowed what="see the keys" />
    </div>
  )
}
