import {
  BookOpen,
  Bot,
  KeyRound,
  LayoutDashboard,
  Library,
  LockKeyhole,
  type LucideIcon,
  ScrollText,
  SlidersHorizontal,
} from 'lucide-react'

export interface Section {
  to: '/' | '/agents' | '/catalogue' | '/secrets' | '/audit' | '/keys' | '/settings' | '/api'
  label: string
  icon: LucideIcon
}

/** What there is, in the order of Ctrl+1 and so on. A page that does not exist yet is not linked. */
export const SECTIONS: readonly Section[] = [
  { to: '/', label: 'Overview', icon: LayoutDashboard },
  { to: '/agents', label: 'Agents', icon: Bot },
  { to: '/catalogue', label: 'Catalogue', icon: Library },
  { to: '/secrets', label: 'Secrets', icon: LockKeyhole },
  { to: '/audit', label: 'Audit', icon: ScrollText },
  { to: '/keys', label: 'Keys', icon: KeyRound },
  { to: '/settings', label: 'Settings', icon: SlidersHorizontal },
  { to: '/api', label: 'API reference', icon: BookOpen },
]
