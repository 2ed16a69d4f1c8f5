import { Dialog } from '../../ui/dialog.tsx'
import { Kbd, MOD } from '../../ui/kbd.tsx'
import { closeOverlay } from './overlay.ts'
import { SECTIONS } from './sections.ts'

const KEYS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [[`${MOD} K`, 'F1'], 'Find or run anything'],
  [[`${MOD} 1`, `${MOD} ${SECTIONS.length}`], 'Go to a section'],
  [['j', 'k'], 'Next and previous row of a list'],
  [['Enter'], 'Open the row'],
  [['/'], 'Go to the filter of a list, or find in a log'],
  [['x'], 'Select an agent'],
  [['p', 'a'], 'Peek at an agent, answer it'],
  [['l'], 'Open the log of an agent'],
  [[`${MOD} Enter`], 'Start a new agent that is filled in'],
  [['Esc'], 'Close what lies on top'],
  [['?'], 'Show these keys'],
]

export const KeyboardHelp = () => (
  <Dialog title="Keyboard" onClose={closeOverlay} width="s">
    <dl className="grid grid-cols-[auto_1fr] items-center gap-x-6 gap-y-2.5">
      {KEYS.map(([keys, what]) => (
        <div key={what} className="contents">
          <dt className="flex gap-1.5">
            {keys.map((key) => (
              <Kbd key={key}>{key}</Kbd>
            ))}
          </dt>
          <dd className="text-ink-2">{what}</dd>
        </div>
      ))}
    </dl>
  </Dialog>
)
