import { readFileSync } from 'node:fs'

// Names that do not fit into the field for them are left out.
const names = Object.entries(JSON.parse(readFileSync(0))).filter(([, name]) => name.length <= 60)
for (const [id, name] of names.sort()) console.log(`${id} ${name.trim()}`)
