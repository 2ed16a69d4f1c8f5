import { expect, it } from 'vitest'
import { diffLines } from './diff-lines.ts'

it('numbers the lines on both sides, and leaves out the heading of the file', () => {
  const diff = `--- a/x.txt
+++ b/x.txt
@@ -3,3 +3,3 @@ in here
 one
--- two
+++ two
 three
\\ No newline at end of file
@@ -20 +20,2 @@
 end
+more
`
  expect(diffLines(diff).map(({ kind, text, before, after }) => [kind, text, before, after])).toEqual([
    ['hunk', '@@ -3,3 +3,3 @@ in here', null, null],
    ['same', 'one', 3, 3],
    ['removed', '-- two', 4, null],
    ['added', '++ two', null, 4],
    ['same', 'three', 5, 5],
    ['note', 'No newline at end of file', null, null],
    ['hunk', '@@ -20 +20,2 @@', null, null],
    ['same', 'end', 20, 20],
    ['added', 'more', null, 21],
  ])
})

it('has nothing to show of a file without a diff', () => expect(diffLines('')).toEqual([]))
