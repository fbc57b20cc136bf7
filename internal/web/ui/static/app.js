// What is smoother with script; every page works without.
'use strict'

// Copy buttons show themselves, and say when they have copied.
for (const button of document.querySelectorAll('[data-copy]')) {
  button.hidden = !navigator.clipboard
  button.addEventListener('click', async () => {
    const from = document.getElementById(button.dataset.copy)
    const lines = from.querySelectorAll('li')
    const text = lines.length ? [...lines].map(l => l.textContent).join('\n') : from.textContent.replaceAll(' ', '')
    await navigator.clipboard.writeText(text)
    const was = button.textContent
    button.textContent = 'Copied'
    document.getElementById('live').textContent = 'Copied'
    setTimeout(() => { button.textContent = was }, 2000)
  })
}

for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false
  button.addEventListener('click', () => print())
}

// A form that is on its way is not sent a second time.
document.addEventListener('submit', event => {
  if (event.target.dataset.sent) event.preventDefault()
  event.target.dataset.sent = 'yes'
})
addEventListener('pageshow', () => {
  for (const form of document.forms) delete form.dataset.sent
})

// What only script can do shows itself.
const show = () => {
  for (const part of document.querySelectorAll('[data-script]')) part.hidden = false
}
show()
document.addEventListener('change', event => {
  if (!('all' in event.target.dataset)) return
  for (const box of event.target.form.querySelectorAll('td input')) box.checked = event.target.checked
})

// The list follows what is typed into its search field.
const search = document.getElementById('list') && document.getElementById('q')
let pause
search?.addEventListener('input', () => {
  clearTimeout(pause)
  pause = setTimeout(look, 250)
})
async function look() {
  const typed = search.value
  const address = new URL(search.form.action)
  for (const [name, value] of new FormData(search.form)) if (value) address.searchParams.set(name, value)
  const answer = await fetch(address).catch(() => null)
  if (!answer || typed !== search.value) return // gone on typing
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  if (!page.getElementById('list')) return location.assign(address) // such as the login page
  for (const part of document.querySelectorAll('[data-list]')) part.replaceWith(page.getElementById(part.id))
  history.replaceState(null, '', address)
  show()
  document.getElementById('live').textContent = document.getElementById('found').textContent
}
// Long work is looked at again until it is over.
const watch = () => {
  const shown = document.getElementById('progress')
  if (!shown) return
  setTimeout(async () => {
    try {
      const answer = await fetch(location.href)
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
      const now = page.getElementById('progress')
      if (!now) return location.reload()
      shown.replaceWith(now)
    } catch { /* the portal does not answer for a moment */ }
    watch()
  }, 1000)
}
watch()
