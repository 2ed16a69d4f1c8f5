import { CodeBlock } from '../../ui/code-block.tsx'
import { useInfo } from '../health/use-health.ts'
import { snippetOf } from './snippet.ts'

/** Names what starts the shim on this very machine, so that it works as pasted. */
export const ClientSnippet = ({ what, onCopied }: { what: string; onCopied?: () => void }) => {
  const { data } = useInfo()
  if (data === undefined) return null
  return <CodeBlock text={snippetOf(data.shim)} what={what} {...(onCopied === undefined ? {} : { onCopied })} />
}
