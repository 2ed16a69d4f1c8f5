import { useNavigate } from '@tanstack/react-router'
import { AboutDialog } from '../features/shell/about-dialog.tsx'
import { OverviewPage } from './overview.tsx'

export const AboutPage = () => {
  const navigate = useNavigate()
  return (
    <>
      <OverviewPage />
      <AboutDialog onClose={() => void navigate({ to: '/' })} />
    </>
  )
}
