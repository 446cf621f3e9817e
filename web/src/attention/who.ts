/**
 * Who acts: the user who is signed in, or else the name this browser signs acknowledgements, silences and comments with, kept until it is
 * changed.
 */
import { useLocalStorage } from '@mantine/hooks'
import { useSession } from '~/access/session'

export function useWho() {
  const [name, setName] = useLocalStorage({ key: 'magpie.who', defaultValue: '', getInitialValueInEffect: false })
  const { configured, name: user } = useSession()
  // The server notes the user, whatever is written here.
  if (configured) return { name: user ?? '(unknown)', setName: () => {}, fixed: true }
  return { name, setName, fixed: false }
}
