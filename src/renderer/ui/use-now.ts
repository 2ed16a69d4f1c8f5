import { useCallback, useSyncExternalStore } from 'react'

/** The time, in steps. While the page is hidden there is no timer; it is right again when the page is seen. */
export const useNow = (everyMs: number): number => {
  const subscribe = useCallback(
    (listener: () => void) => {
      let timer: ReturnType<typeof setInterval> | undefined
      const adjust = () => {
        clearInterval(timer)
        timer = document.hidden ? undefined : setInterval(listener, everyMs)
        listener()
      }
      timer = document.hidden ? undefined : setInterval(listener, everyMs)
      document.addEventListener('visibilitychange', adjust)
      return () => {
        clearInterval(timer)
        document.removeEventListener('visibilitychange', adjust)
      }
    },
    [everyMs],
  )
  return useSyncExternalStore(subscribe, () => Math.floor(Date.now() / everyMs) * everyMs)
}
