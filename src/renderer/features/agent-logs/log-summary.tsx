import { useEffect, useRef, useState } from 'react'
import { plural } from '../../format.ts'

const EVERY_MS = 10_000

/** For those who hear the page: not each line, but now and then how many came. */
export const LogSummary = ({ received }: { received: number }) => {
  const [told, setTold] = useState({ received: 0, words: '' })
  const latest = useRef(received)
  useEffect(() => {
    latest.current = received
  }, [received])
  const isMoving = received > told.received
  useEffect(() => {
    if (!isMoving) return
    const timer = setTimeout(
      () =>
        setTold((former) => ({
          received: latest.current,
          words: plural(latest.current - former.received, 'new line'),
        })),
      EVERY_MS,
    )
    return () => clearTimeout(timer)
  }, [isMoving, told])
  return (
    <p role="status" className="sr-only">
      {told.words}
    </p>
  )
}
