/** Whether the page stands on a phone, where charts are stacked and the sentence folds. */
import { useMediaQuery } from '@mantine/hooks'

export const usePhone = () => useMediaQuery('(max-width: 719px)', false, { getInitialValueInEffect: false }) ?? false
