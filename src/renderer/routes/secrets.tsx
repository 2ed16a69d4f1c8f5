import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { Suspense, lazy, useRef, useState } from 'react'
import { NotAllowed } from '../features/access/not-allowed.tsx'
import { useMay } from '../features/access/use-may.ts'
import { SecretsTable } from '../features/secrets/secrets-table.tsx'
import { useListKeys } from '../features/shell/use-list-keys.ts'
import { rpc } from '../rpc.ts'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { QueryView } from '../ui/query-view.tsx'
import { Empty, Loading } from '../ui/states.tsx'

const SetSecretDialog = lazy(async () => ({
  default: (await import('../features/secrets/set-secret-dialog.tsx')).SetSecretDialog,
}))
const ForgetDialog = lazy(async () => ({
  default: (await import('../features/secrets/forget-dialog.tsx')).ForgetDialog,
}))

type Open = { kind: 'none' } | { kind: 'keep' } | { kind: 'set' | 'forget'; name: string }

const SecretList = () => {
  const mayWrite = useMay('secrets:write') === true
  const secrets = useQuery(rpc.secrets.list.queryOptions({ input: {} }))
  const [open, setOpen] = useState<Open>({ kind: 'none' })
  const list = useRef<HTMLDivElement>(null)
  useListKeys(list)
  const close = () => setOpen({ kind: 'none' })
  const keepButton = mayWrite && (
    <Button size="s" look="primary" onClick={() => setOpen({ kind: 'keep' })}>
      <Plus aria-hidden="true" className="size-3.5" />
      Keep a secret
    </Button>
  )
  return (
    <div ref={list}>
      <Card title="Secrets" note="keys of others, for models and servers" actions={keepButton}>
        <QueryView
          query={secrets}
          rows={4}
          empty={{
            when: ({ items }) => items.length === 0,
            show: (
              <Empty title="No secret yet" action={keepButton}>
                Models of a provider need its key. It is kept sealed on this machine, used where it is needed, never
                shown again, and never handed to an agent.
              </Empty>
            ),
          }}
        >
          {({ items }) => (
            <SecretsTable
              secrets={items}
              onSet={mayWrite ? (name) => setOpen({ kind: 'set', name }) : undefined}
              onForget={mayWrite ? (name) => setOpen({ kind: 'forget', name }) : undefined}
            />
          )}
        </QueryView>
      </Card>
      <Suspense>
        {open.kind === 'keep' && <SetSecretDialog onClose={close} />}
        {open.kind === 'set' && <SetSecretDialog name={open.name} onClose={close} />}
        {open.kind === 'forget' && <ForgetDialog name={open.name} onClose={close} />}
      </Suspense>
    </div>
  )
}

export const SecretsPage = () => {
  const may = useMay('secrets:read')
  if (may === undefined)
    return (
      <div className="card">
        <Loading rows={4} />
      </div>
    )
  return may ? (
    <SecretList />
  ) : (
    <div className="card">
      <NotAllowed what="see which secrets there are" />
    </div>
  )
}
