/** Theme and density as the settings say. A copy is kept in the page, so that the first paint is already right. */
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { SettingsView } from '../../../contract/index.ts'
import { rpc } from '../../rpc.ts'
import { useMay } from '../access/use-may.ts'

const KEY = 'gantry:look'

interface Look {
  theme: string
  density: string
}

const apply = ({ theme, density }: Look) => {
  const root = document.documentElement
  if (theme === 'light' || theme === 'dark') root.dataset['theme'] = theme
  else delete root.dataset['theme']
  root.dataset['density'] = density
}

const valueOf = (settings: SettingsView, key: 'window.theme' | 'window.density') =>
  String(settings.items.find((item) => item.key === key)?.value ?? '')

export const applyLastLook = () => {
  const [theme = 'system', density = 'comfortable'] = (localStorage.getItem(KEY) ?? '').split(' ')
  apply({ theme, density })
}

export const useLook = () => {
  const may = useMay('settings:read')
  const { data } = useQuery({ ...rpc.settings.get.queryOptions({ input: {} }), enabled: may === true })
  const theme = data && valueOf(data, 'window.theme')
  const density = data && valueOf(data, 'window.density')
  useEffect(() => {
    if (theme === undefined || density === undefined) return
    apply({ theme, density })
    localStorage.setItem(KEY, `${theme} ${density}`)
  }, [theme, density])
}

export const isDark = () =>
  getComputedStyle(document.documentElement).colorScheme === 'dark' ||
  (document.documentElement.dataset['theme'] === undefined && matchMedia('(prefers-color-scheme: dark)').matches)
