/** Who acts: the name this browser signs acknowledgements, silences and comments with, kept until it is changed. */
import { useLocalStorage } from '@mantine/hooks'

export function useWho() {
  const [name, setName] = useLocalStorage({ key: 'magpie.who', defaultValue: '', getInitialValueInEffect: false })
  return { name, setName }
}
