import { Field, FieldError } from '../../../ui/field.tsx'
import { Segmented } from '../../../ui/segmented.tsx'
import { Switch } from '../../../ui/switch.tsx'
import { useMay } from '../../access/use-may.ts'
import { TextsEditor } from '../../settings/texts-editor.tsx'
import { type Network, problemAt } from '../draft.ts'
import { useDraft } from './use-draft.ts'

const WORDS: Record<Network, string> = {
  none: 'No way out. Models and tools come through the wire.',
  egress:
    'Only the hosts named here, through Gantry, which notes every connection. Private addresses are always refused.',
  bridge: 'The network of the engine, unfiltered. For admins.',
}

const isNetwork = (value: string): value is Network => Object.hasOwn(WORDS, value)

export const NetworkFields = () => {
  const { draft, problems, change } = useDraft()
  const mayBridge = useMay('agents:bridge') === true
  const problem = problemAt(problems, 'network.mode')
  return (
    <>
      <div className="grid gap-1">
        <span>
          <Segmented
            label="Network"
            options={mayBridge ? ['none', 'egress', 'bridge'] : ['none', 'egress']}
            value={draft.network}
            onChange={(network) => isNetwork(network) && change({ network })}
          />
        </span>
        <p className="text-sm text-ink-2">{WORDS[draft.network]}</p>
        {problem !== undefined && <FieldError>{problem}</FieldError>}
      </div>
      {draft.network === 'egress' && (
        <>
          <Field
            label="Hosts"
            error={problemAt(problems, 'network.allow')}
            help="As example.com, *.example.com or example.com:8443."
          >
            {(attributes) => (
              <TextsEditor
                id={attributes.id}
                label="Hosts"
                describedBy={attributes['aria-describedby']}
                values={draft.allow}
                onChange={(allow) => change({ allow })}
              />
            )}
          </Field>
          <Field
            required
            label="Record"
            help="Lets every public host through and notes it, to propose the smallest list afterwards."
          >
            {(attributes) => (
              <span>
                <Switch
                  id={attributes.id}
                  aria-describedby={attributes['aria-describedby']}
                  checked={draft.record}
                  onChange={(record) => change({ record })}
                />
              </span>
            )}
          </Field>
        </>
      )}
    </>
  )
}
