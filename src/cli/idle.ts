/** When a Gantry that was started for a client may end: after nobody was connected to it for a while. */
const LOOK_EVERY_MS = 5000

export interface IdleOptions {
  connections: () => Promise<number>
  limitMs: number
  every: (tick: () => void, ms: number) => () => void
  onIdle: () => void
}

export const watchIdle = ({ connections, limitMs, every, onIdle }: IdleOptions): (() => void) => {
  const lookEvery = Math.min(LOOK_EVERY_MS, limitMs)
  let alone = 0
  return every(() => {
    void connections().then((count) => {
      alone = count === 0 ? alone + 1 : 0
      if (alone * lookEvery >= limitMs) onIdle()
    })
  }, lookEvery)
}
