import { CopyButton } from './copy-button.tsx'

export interface CodeBlockProps {
  text: string
  what: string
  onCopied?: () => void
  tall?: boolean
}

/** Scrolls inside, so it takes focus: those without a mouse must be able to scroll it too. */
export const CodeBlock = ({ text, what, onCopied, tall = false }: CodeBlockProps) => (
  <div className="relative min-w-0 rounded-s border border-line bg-panel-2">
    <pre
      tabIndex={0}
      role="region"
      aria-label={what}
      className={`overflow-auto p-2.5 pr-10 font-mono text-sm leading-[1.5] text-ink ${tall ? 'max-h-[46vh]' : 'max-h-56'}`}
    >
      {text}
    </pre>
    <div className="absolute top-1 right-1 rounded-s bg-panel-2">
      <CopyButton text={text} what={what} {...(onCopied === undefined ? {} : { onCopied })} />
    </div>
  </div>
)
