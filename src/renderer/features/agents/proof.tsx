import type { StopProof } from '../../../contract/index.ts'
import { Status } from '../../ui/status.tsx'

const List = ({ title, items, state }: { title: string; items: readonly string[]; state: 'ok' | 'bad' }) =>
  items.length === 0 ? null : (
    <div className="grid gap-1">
      <h3 className="font-[620]">{title}</h3>
      <ul className="grid gap-1">
        {items.map((item) => (
          <li key={item} className="wrap-anywhere">
            <Status state={state}>
              <span className="whitespace-normal">{item}</span>
            </Status>
          </li>
        ))}
      </ul>
    </div>
  )

/** What was verified to be gone, and what is left in spite of all. */
export const Proof = ({ proof }: { proof: StopProof }) => (
  <div className="grid gap-3">
    <List title="Verified gone" items={proof.gone} state="ok" />
    <List title="Still there" items={proof.left} state="bad" />
    {proof.steps.length > 0 && (
      <div className="grid gap-1">
        <h3 className="font-[620]">What was done</h3>
        <ol className="grid list-decimal gap-0.5 pl-5 text-sm text-ink-2">
          {proof.steps.map((step, index) => (
            <li key={index} className="wrap-anywhere">
              {step}
            </li>
          ))}
        </ol>
      </div>
    )}
  </div>
)
