import { dictionary } from '@zxcvbn-ts/language-common'

const words = dictionary['passwords-common'].map(word => word.toLowerCase()).filter(word => word.length >= 6)
for (const word of [...new Set(words)].sort((a, b) => (a < b ? -1 : 1))) console.log(word)
