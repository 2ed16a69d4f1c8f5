import { Empty } from '../../ui/states.tsx'

export const NotAllowed = ({ what }: { what: string }) => (
  <Empty title={`Your role may not ${what}`}>
    Sign in with a key of a role that may, or ask whoever made this one.
  </Empty>
)
