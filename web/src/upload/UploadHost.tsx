/** Where the dialog of a dropped file lives: in the shell, so that it stays when the page below it changes. */
import { lazy, Suspense } from 'react'
import { nextFile, useWaitingFiles } from './waiting'

const UploadDialog = lazy(() => import('./UploadDialog'))

export function UploadHost() {
  const files = useWaitingFiles()
  const [file] = files
  if (!file) return null
  return (
    <Suspense fallback={null}>
      <UploadDialog
        key={`${file.name} ${file.size} ${file.lastModified}`}
        file={file}
        more={files.length - 1}
        onDone={nextFile}
      />
    </Suspense>
  )
}
