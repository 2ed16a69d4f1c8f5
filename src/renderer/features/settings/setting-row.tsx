import { useId } from 'react'
import type { SettingState } from '../../../contract/index.ts'
import { toFailure } from '../../errors.ts'
import { Button } from '../../ui/button.tsx'
import { FieldError } from '../../ui/field.tsx'
import { Status } from '../../ui/status.tsx'
import { Control, isLabelled } from './control.tsx'
import { useSetSetting } from './use-set-setting.ts'

const shortValue = (value: unknown) =>
  Array.isArray(value)
    ? value.length === 0
      ? 'none'
      : value.join(', ')
    : typeof value === 'boolean'
      ? value
        ? 'on'
        : 'off'
      : String(value)

const limitsOf = ({ minimum, maximum }: Record<string, unknown>) =>
  typeof minimum === 'number' && typeof maximum === 'number'
    ? `${minimum.toLocaleString('en')} to ${maximum.toLocaleString('en')}.`
    : ''

const Source = ({ setting }: { setting: SettingState }) => {
  if (setting.source === 'environment') {
    return (
      <Status state="off">
        Set by <code className="font-mono text-xs">{setting.env}</code>
      </Status>
    )
  }
  return (
    <span className="text-sm text-ink-3">
      {setting.source === 'file' ? `Changed, the default is ${shortValue(setting.default)}` : 'Default'}
    </span>
  )
}

export const SettingRow = ({ setting, mayWrite }: { setting: SettingState; mayWrite: boolean }) => {
  const id = useId()
  const change = useSetSetting(setting)
  const failure = change.error === null ? undefined : toFailure(change.error)
  const locked = !mayWrite || setting.source === 'environment'
  const Title = isLabelled(setting.schema) ? 'label' : 'span'
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_minmax(0,340px)] gap-x-6 gap-y-2 border-b border-line px-(--inset) py-3 last:border-b-0 max-md:grid-cols-1">
      <div className="grid content-start gap-0.5">
        <Title {...(Title === 'label' ? { htmlFor: id } : {})} className="font-[550]">
          {setting.title}
        </Title>
        <p id={`${id}-help`} className="text-sm text-ink-2">
          {setting.help} {limitsOf(setting.schema)}
        </p>
        {failure !== undefined && (
          <FieldError id={`${id}-error`}>{[failure.message, failure.hint].filter(Boolean).join(' ')}</FieldError>
        )}
      </div>
      <div className="grid content-start justify-items-end gap-1.5 max-md:justify-items-start">
        <Control
          id={id}
          label={setting.title}
          schema={setting.schema}
          value={change.value}
          locked={locked}
          invalid={failure !== undefined}
          describedBy={failure === undefined ? `${id}-help` : `${id}-help ${id}-error`}
          onChange={change.set}
        />
        <div className="flex min-h-6 flex-wrap items-center justify-end gap-2" aria-live="polite">
          {change.pending ? <Status state="busy">Saving</Status> : <Source setting={setting} />}
          {setting.source === 'file' && !locked && (
            <Button
              size="s"
              look="quiet"
              aria-label={`Reset ${setting.title} to the default, ${shortValue(setting.default)}`}
              onClick={() => void change.set(null)}
            >
              Reset
            </Button>
          )}
        </div>
      </div>
    </li>
  )
}
