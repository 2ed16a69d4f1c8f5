import { FieldError } from '../../../ui/field.tsx'
import { problemAt } from '../draft.ts'
import { useDraft } from './use-draft.ts'

/** All that the template allows are given unless some are taken away. */
export const ToolsField = () => {
  const { draft, template, catalog, problems, change } = useDraft()
  if (template.tools.length === 0) return null
  const given = new Set(draft.tools ?? template.tools)
  const problem = problemAt(problems, 'tools')
  const set = (id: string, on: boolean) => {
    const next = template.tools.filter((tool) => (tool === id ? on : given.has(tool)))
    change({ tools: next.length === template.tools.length ? null : next })
  }
  return (
    <fieldset>
      <legend className="mb-1.5 font-[550]">Tools</legend>
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(240px,1fr))] gap-x-4 gap-y-1.5">
        {template.tools.map((id) => {
          const tool = catalog.tools.find((one) => one.id === id)
          return (
            <li key={id}>
              <label className="flex items-start gap-2">
                <input
                  type="checkbox"
                  className="mt-[3px] size-3.5 flex-none accent-(--accent)"
                  checked={given.has(id)}
                  onChange={(event) => set(id, event.target.checked)}
                />
                <span>
                  {tool?.title ?? id}
                  {template.approve.includes(id) && <span className="ml-1.5 text-sm text-wait">asks you first</span>}
                  {tool !== undefined && <span className="block text-sm text-ink-2">{tool.description}</span>}
                </span>
              </label>
            </li>
          )
        })}
      </ul>
      {problem !== undefined && <FieldError>{problem}</FieldError>}
    </fieldset>
  )
}
