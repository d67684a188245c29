import { readFileSync } from 'node:fs'

/** What git runs in the bare repository after a push: it tells git-sync, as any git host's webhook does. */
const [url = '', secretFile = ''] = process.argv.slice(2)
const authorization = `Bearer ${readFileSync(secretFile, 'utf8').trim()}`

// each line is OLD NEW REF: githooks(5), post-receive
for (const line of (await Bun.stdin.text()).split('\n').filter(Boolean)) {
  const [, commit, ref] = line.split(' ')
  const body = JSON.stringify({ ref, commit })
  const answer = await fetch(url, { method: 'POST', headers: { authorization }, body })
  // the person who pushes reads it, after `remote: `
  if (!answer.ok) console.error(`git-sync: ${(await answer.text()).trim()}`)
}
