import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { SettingState, SettingsView } from '../../../contract/index.ts'
import { rpc } from '../../rpc.ts'

type Value = Parameters<typeof rpc.settings.set.call>[0]['value']

const settingsKey = rpc.settings.get.queryKey({ input: {} })

/** The new value stands at once and goes back if it is refused: a setting can always be set again. */
export const useSetSetting = (setting: SettingState) => {
  const queries = useQueryClient()
  const change = useMutation(
    rpc.settings.set.mutationOptions({
      onMutate: ({ key, value }) => {
        const former = queries.getQueryData(settingsKey)
        queries.setQueryData(settingsKey, (view: SettingsView | undefined) =>
          view && { ...view, items: view.items.map((item) => (item.key === key ? { ...item, value: value ?? item.default } : item)) },
        )
        return former
      },
      onSuccess: (view) => queries.setQueryData(settingsKey, view),
      onError: (_error, _input, former) => queries.setQueryData(settingsKey, former),
    }),
  )
  return {
    set: (value: unknown) => change.mutate({ key: setting.key, value: value as Value }),
    error: change.error,
    pending: change.isPending,
    saved: change.isSuccess,
  }
}
