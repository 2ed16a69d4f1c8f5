import { Field, INPUT } from '../../../ui/field.tsx'
import { Segmented } from '../../../ui/segmented.tsx'
import { type Workspace, problemAt } from '../draft.ts'
import { useDraft } from './use-draft.ts'

const WORDS: Record<Workspace, string> = {
  none: 'It works without any of your files.',
  copy: 'A folder of this machine is copied in. What changes comes back as a patch to review.',
  git: 'A repository of this machine is cloned in. What changes comes back as a patch to review.',
}

const isWorkspace = (value: string): value is Workspace => Object.hasOwn(WORDS, value)

export const WorkspaceFields = () => {
  const { draft, problems, change } = useDraft()
  return (
    <>
      <div className="grid gap-1">
        <span>
          <Segmented
            label="Workspace"
            options={['none', 'copy', 'git']}
            value={draft.workspace}
            onChange={(workspace) => isWorkspace(workspace) && change({ workspace })}
          />
        </span>
        <p className="text-sm text-ink-2">{WORDS[draft.workspace]}</p>
      </div>
      {draft.workspace !== 'none' && (
        <Field
          required
          label={draft.workspace === 'git' ? 'Repository' : 'Folder'}
          error={problemAt(problems, 'workspace')}
          help="The whole path, as /home/ada/project."
        >
          {(attributes) => (
            <input
              {...attributes}
              className={`${INPUT} font-mono text-sm`}
              spellCheck={false}
              autoComplete="off"
              value={draft.path}
              onChange={(event) => change({ path: event.target.value })}
            />
          )}
        </Field>
      )}
      {draft.workspace === 'git' && (
        <Field label="Branch, tag or commit" help="Else what is checked out.">
          {(attributes) => (
            <input
              {...attributes}
              className={`${INPUT} font-mono text-sm`}
              spellCheck={false}
              autoComplete="off"
              value={draft.ref}
              onChange={(event) => change({ ref: event.target.value })}
            />
          )}
        </Field>
      )}
    </>
  )
}
