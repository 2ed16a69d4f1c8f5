import { Link } from '@tanstack/react-router'
import { Button } from '../../ui/button.tsx'
import { LINK_BUTTON } from '../../ui/link-button.ts'
import { Empty } from '../../ui/states.tsx'
import { useMay } from '../access/use-may.ts'
import { useRunHello } from './use-actions.ts'

export const NoAgents = () => {
  const mayWrite = useMay('agents:write') === true
  const hello = useRunHello()
  return (
    <Empty
      title="No agent yet"
      action={
        mayWrite ? (
          <span className="flex flex-wrap items-center gap-2">
            <Button look="primary" busy={hello.isPending} onClick={hello.run}>
              {hello.isPending ? 'Starting hello' : 'Run hello'}
            </Button>
            <Link to="/agents/new" className={LINK_BUTTON}>
              New agent
            </Link>
          </span>
        ) : undefined
      }
    >
      An agent works in a box that holds no key, no network and none of your files, while you watch. Run the sample
      first: it says hello from its box and ends, and needs nothing installed.
    </Empty>
  )
}
