import { Link } from '@tanstack/react-router'
import { Empty, Failed } from '../ui/states.tsx'

export const NotFound = () => (
  <div className="card">
    <Empty
      title="There is no such page"
      action={
        <Link to="/" className="font-medium text-accent underline">
          Go to the overview
        </Link>
      }
    />
  </div>
)

export const PageFailed = ({ error, reset }: { error: unknown; reset?: () => void }) => (
  <div className="card">
    <Failed error={error} onRetry={reset} />
  </div>
)
