/** The sign of each kind of task, by its keyword in the document. */
import {
  IconArrowsSplit2,
  IconBox,
  IconBroadcast,
  IconClockHour3,
  IconEar,
  IconExclamationCircle,
  IconList,
  IconPencil,
  IconPlayerPlay,
  IconRepeat,
  IconRoute,
  IconShieldCheck,
  IconWorld,
  type TablerIcon,
} from '@tabler/icons-react'

const icons: Record<string, TablerIcon> = {
  call: IconWorld,
  do: IconList,
  set: IconPencil,
  switch: IconRoute,
  for: IconRepeat,
  fork: IconArrowsSplit2,
  try: IconShieldCheck,
  raise: IconExclamationCircle,
  wait: IconClockHour3,
  emit: IconBroadcast,
  listen: IconEar,
  run: IconPlayerPlay,
}

export const kindIcon = (kind: string): TablerIcon => icons[kind] ?? IconBox
