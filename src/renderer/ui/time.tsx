import { formatFullTime, formatTime } from '../format.ts'

export const Time = ({ at }: { at: string }) => (
  <time dateTime={at} title={formatFullTime(at)} className="whitespace-nowrap">
    {formatTime(at)}
  </time>
)
