import { Button } from '../../ui/button.tsx'
import type { Build } from './builds.ts'

export const BuildProgress = ({ image, build }: { image: string; build: Build }) => {
  const { step, percent, cancel } = build
  return (
    <div className="flex items-center gap-3">
      <div className="grid min-w-0 flex-1 gap-1">
        <p role="status" className="truncate text-sm text-ink-2">
          {step}
          {percent === null ? '' : `, ${Math.round(percent)} %`}
        </p>
        <div
          role="progressbar"
          aria-label={`Building ${image}`}
          aria-valuemin={0}
          aria-valuemax={100}
          {...(percent === null ? {} : { 'aria-valuenow': Math.round(percent) })}
          className="h-[5px] overflow-hidden rounded-[3px] bg-line"
        >
          <i
            className={`block h-full bg-busy ${percent === null ? 'w-1/3 animate-pulse' : ''}`}
            style={percent === null ? undefined : { width: `${percent}%` }}
          />
        </div>
      </div>
      <Button size="s" aria-label={`Cancel the build of ${image}`} onClick={cancel}>
        Cancel
      </Button>
    </div>
  )
}
