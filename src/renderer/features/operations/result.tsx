import { CodeBlock } from '../../ui/code-block.tsx'
import { Empty } from '../../ui/states.tsx'
import { Status } from '../../ui/status.tsx'
import { ROW, Table } from '../../ui/table.tsx'
import type { Operation } from '../../../contract/index.ts'
import { cellText, tableOf } from './result-table.ts'

const Secrets = ({ output, names }: { output: unknown; names: readonly string[] }) => {
  const fields = typeof output === 'object' && output !== null ? Object.entries(output) : []
  const secrets = fields.filter(
    (entry): entry is [string, string] => names.includes(entry[0]) && typeof entry[1] === 'string',
  )
  if (secrets.length === 0) return null
  return (
    <div className="grid gap-2">
      <p className="rounded-s bg-wait-bg px-3 py-2">
        <Status state="wait">Shown once</Status> <span>Copy it now.</span>
      </p>
      {secrets.map(([name, value]) => (
        <CodeBlock key={name} text={value} what={name} />
      ))}
    </div>
  )
}

interface ResultProps {
  operation: Operation
  output: unknown
  /** What it is in words, where it has any. */
  text: string | undefined
}

/** Its text where it is one, a table where it holds a list, and always the JSON. */
export const Result = ({ operation, output, text }: ResultProps) => {
  const table = text === undefined ? tableOf(output, operation.meta.cli?.columns) : undefined
  const json = JSON.stringify(output, null, 2)
  return (
    <div className="grid gap-3">
      <Secrets output={output} names={operation.meta.secret ?? []} />
      {text !== undefined &&
        (text === '' ? <Empty title="The text is empty" /> : <CodeBlock tall text={text} what="Result as text" />)}
      {table !== undefined && table.rows.length === 0 && <Empty title="The list is empty" />}
      {table !== undefined && table.rows.length > 0 && (
        <Table
          label="Result"
          region="Result as a table"
          className="max-h-[40vh] rounded-s border border-line"
          columns={table.columns.map((name) => ({ name }))}
        >
          {table.rows.map((row, index) => (
            <tr key={index} className={ROW}>
              {table.columns.map((column) => (
                <td
                  key={column}
                  className="cell max-w-[260px] truncate font-mono text-sm"
                  title={cellText(row[column])}
                >
                  {cellText(row[column])}
                </td>
              ))}
            </tr>
          ))}
        </Table>
      )}
      {table === undefined && text === undefined ? (
        <CodeBlock tall text={json} what="Result as JSON" />
      ) : (
        <details>
          <summary className="w-fit rounded-s text-sm text-ink-2">As JSON</summary>
          <div className="mt-2">
            <CodeBlock text={json} what="Result as JSON" />
          </div>
        </details>
      )}
    </div>
  )
}
