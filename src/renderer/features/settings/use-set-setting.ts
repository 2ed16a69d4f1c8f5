import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { SettingState } from '../../../contract/index.ts'
import { rpc } from '../../rpc.ts'

type Value = Parameters<typeof rpc.settings.set.call>[0]['value']

/** The new value stands at once, and goes back if it is refused: a setting can always be set again. */
export const useSetSetting = (setting: SettingState) => {
  const queries = useQueryClient()
  const [wanted, setWanted] = useState<{ value: unknown; instead: SettingState } | null>(null)
  const change = useMutation(
    rpc.settings.set.mutationOptions({
      onSuccess: (view) => queries.setQueryData(rpc.settings.get.queryKey({ input: {} }), view),
    }),
  )
  /** Whether it was accepted. */
  const set = async (value: unknown): Promise<boolean> => {
    setWanted({ value: value ?? setting.default, instead: setting })
    try {
      await change.mutateAsync({ key: setting.key, value: value as Value })
      return true
    } catch {
      setWanted(null)
      return false
    }
  }
  return {
    // Once the setting itself is another, what was wanted is history.
    value: wanted?.instead === setting ? wanted.value : setting.value,
    set,
    error: change.error,
    pending: change.isPending,
  }
}
