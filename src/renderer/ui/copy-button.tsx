import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button } from './button.tsx'
import { toast } from './toast-store.ts'

const SHOWN_FOR = 1600

export interface CopyButtonProps {
  text: string
  /** What is copied, for those who do not see what stands beside the button. */
  what: string
  label?: string
  look?: 'plain' | 'primary' | 'quiet'
  onCopied?: () => void
}

export const CopyButton = ({ text, what, label, look = 'quiet', onCopied }: CopyButtonProps) => {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), SHOWN_FOR)
    return () => clearTimeout(timer)
  }, [copied])

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setCopied(true)
      onCopied?.()
    } catch {
      toast({ tone: 'bad', title: 'It could not be copied', detail: 'Select the text and press Ctrl+C.' })
    }
  }
  const Icon = copied ? Check : Copy
  return (
    <Button
      size="s"
      look={look}
      aria-label={copied ? `Copied ${what}` : `Copy ${what}`}
      title={`Copy ${what}`}
      onClick={() => void copy()}
    >
      <Icon aria-hidden="true" className={`size-3.5 ${copied ? 'text-ok' : ''}`} />
      {label !== undefined && (copied ? 'Copied' : label)}
    </Button>
  )
}
