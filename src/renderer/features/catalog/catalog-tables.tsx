import { Link } from '@tanstack/react-router'
import type { Availability, CatalogView } from '../../../contract/index.ts'
import { formatCount, formatMoney } from '../../format.ts'
import { Button } from '../../ui/button.tsx'
import { LINK_BUTTON_SMALL } from '../../ui/link-button.ts'
import { Status } from '../../ui/status.tsx'
import { ROW, Table } from '../../ui/table.tsx'

const State = ({ of: { available, reason } }: { of: Availability }) => (
  <>
    <Status state={available ? 'ok' : 'off'}>{available ? 'Available' : 'Not available'}</Status>
    {reason !== null && <p className="mt-0.5 text-sm text-ink-2 wrap-anywhere">{reason}</p>}
  </>
)

const Name = ({ title, id, note }: { title: string; id: string; note: string }) => (
  <th scope="row" className="cell text-left align-top font-normal">
    <span className="font-[550]">{title}</span>
    <code className="ml-2 font-mono text-xs wrap-anywhere text-ink-3">{id}</code>
    <p className="text-sm text-ink-2">{note}</p>
  </th>
)

const TEMPLATE_COLUMNS = [
  { name: 'Template', className: 'w-full' },
  { name: 'Runs in' },
  { name: 'State' },
  { name: 'Start', hidden: true },
] as const

export const TemplatesTable = ({ templates, mayStart }: { templates: CatalogView['templates']; mayStart: boolean }) => (
  <Table label="Templates" region="List of templates" columns={TEMPLATE_COLUMNS}>
    {templates.map((template) => (
      <tr key={template.id} className={ROW}>
        <Name title={template.title} id={template.id} note={template.description} />
        <td className="cell align-top whitespace-nowrap text-ink-2">{template.runtimes.join(', ')}</td>
        <td className="cell min-w-[170px] align-top">
          <State of={template} />
        </td>
        <td className="cell text-right align-top">
          {mayStart && template.available && (
            <Link
              to="/agents/new"
              search={{ template: template.id }}
              data-row={template.id}
              aria-label={`Start ${template.title}`}
              className={LINK_BUTTON_SMALL}
            >
              Start
            </Link>
          )}
        </td>
      </tr>
    ))}
  </Table>
)

const MODEL_COLUMNS = [
  { name: 'Model', className: 'w-full' },
  { name: 'Context', align: 'right' },
  { name: 'In', align: 'right' },
  { name: 'Out', align: 'right' },
  { name: 'State' },
] as const

export const ModelsTable = ({ models }: { models: CatalogView['models'] }) => (
  <Table label="Models" region="List of models" columns={MODEL_COLUMNS}>
    {models.map((model) => (
      <tr key={model.id} className={ROW}>
        <Name
          title={model.title}
          id={model.id}
          note={[
            model.provider,
            ...(model.fallbacks.length === 0 ? [] : [`goes on with ${model.fallbacks.join(', ')}`]),
          ].join(' · ')}
        />
        <td className="cell text-right align-top font-mono text-sm text-ink-2">{formatCount(model.context)}</td>
        <td className="cell text-right align-top font-mono text-sm">{formatMoney(model.inputPrice)}</td>
        <td className="cell text-right align-top font-mono text-sm">{formatMoney(model.outputPrice)}</td>
        <td className="cell min-w-[170px] align-top">
          <State of={model} />
        </td>
      </tr>
    ))}
  </Table>
)

export interface ProvidersListProps {
  providers: CatalogView['providers']
  onSetKey: ((provider: CatalogView['providers'][number]) => void) | undefined
}

export const ProvidersList = ({ providers, onSetKey }: ProvidersListProps) => (
  <ul>
    {providers.map((provider) => (
      <li key={provider.id} className="cell grid gap-0.5 border-b border-line last:border-b-0">
        <div className="flex flex-wrap items-center gap-2">
          <span className="font-[550]">{provider.title}</span>
          <span className="text-sm text-ink-2">{provider.kind}</span>
          <span className="ml-auto">
            {provider.secret !== undefined && onSetKey !== undefined && (
              <Button
                size="s"
                data-row={provider.id}
                aria-label={`Set key of ${provider.title}`}
                onClick={() => onSetKey(provider)}
              >
                Set key
              </Button>
            )}
          </span>
        </div>
        <State of={provider} />
        {provider.baseUrl !== undefined && (
          <p className="font-mono text-sm text-ink-2 wrap-anywhere">{provider.baseUrl}</p>
        )}
      </li>
    ))}
  </ul>
)

export const ToolsList = ({ tools }: { tools: CatalogView['tools'] }) => (
  <ul>
    {tools.map(({ id, title, description, operations }) => (
      <li key={id} className="cell grid gap-0.5 border-b border-line last:border-b-0">
        <p>
          <span className="font-[550]">{title}</span>
          <code className="ml-2 font-mono text-xs text-ink-3">{id}</code>
        </p>
        <p className="text-sm text-ink-2">{description}</p>
        {operations.length > 0 && <p className="font-mono text-xs text-ink-3 wrap-anywhere">{operations.join(' ')}</p>}
      </li>
    ))}
  </ul>
)
