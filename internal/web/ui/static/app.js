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

// A password is shown while its button is pressed in. A form is sent with hidden
// passwords, so that browsers do not remember what was typed as plain text.
const reveal = (button, yes) => {
  button.setAttribute('aria-pressed', yes)
  document.getElementById(button.getAttribute('aria-controls')).type = yes ? 'text' : 'password'
}
document.addEventListener('click', event => {
  const button = event.target.closest('[aria-pressed]')
  if (button) reveal(button, button.getAttribute('aria-pressed') === 'false')
})
document.addEventListener('submit', event => {
  for (const button of event.target.querySelectorAll('[aria-pressed=true]')) reveal(button, false)
})

// A colour is previewed while it is chosen.
let preview
for (const picker of document.querySelectorAll('[data-previews]')) {
  picker.addEventListener('input', () => {
    clearTimeout(preview)
    preview = setTimeout(() => { document.getElementById(picker.dataset.previews).href = `/accent/${picker.value.slice(1)}?preview` }, 100)
  })
}

// A form that is on its way is not sent a second time.
document.addEventListener('submit', event => {
  if (event.target.dataset.sent) event.preventDefault()
  event.target.dataset.sent = 'yes'
})
addEventListener('pageshow', () => {
  for (const form of document.forms) delete form.dataset.sent
})

// A form with a new password that is refused for something else keeps the
// password: only the page around it is exchanged.
document.addEventListener('submit', async event => {
  const form = event.target
  if (!('keeps' in form.dataset) || event.defaultPrevented) return
  event.preventDefault()
  const answer = await fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)) }).catch(() => null)
  if (!answer) return form.submit()
  if (answer.redirected) return location.assign(answer.url)
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  for (const typed of form.querySelectorAll('[type=password]')) {
    const field = page.getElementById(typed.id)
    if (field && !field.hasAttribute('aria-invalid')) {
      field.value = typed.value
      page.querySelector('[data-retype]')?.remove()
    }
  }
  const main = page.getElementById('main')
  if (!main) return form.submit()
  document.title = page.title
  document.getElementById('main').replaceWith(main)
  show()
  main.querySelector('[autofocus]')?.focus()
})

// The portal shows and reads days and times in the reader's time zone, from the
// next page on: one page never mixes two zones. The browser takes a while to find
// it out. So it is asked at the first sign of a reader, and not while it shows the page.
const zoned = () => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  if (zone) document.cookie = `portico_zone=${zone}; path=/; samesite=lax${location.protocol === 'https:' ? '; secure' : ''}`
}
for (const sign of ['pointermove', 'keydown', 'click', 'submit']) addEventListener(sign, zoned, { once: true, capture: true })

// What only script can do shows itself.
const show = () => {
  for (const part of document.querySelectorAll('[data-script]')) part.hidden = false
}
show()

// At the log-in, the sixth digit of a code sends it, in any script. What
// separates digits does not count, as in totp.Typed.
const code = document.querySelector('[data-sends] [name=code]')
let sends
code?.addEventListener('input', () => {
  clearTimeout(sends)
  const separators = /[\p{White_Space}\p{Z}\p{Pd}\p{Pc}\p{Pi}\p{Pf}\p{Cf}\p{Default_Ignorable_Code_Point}.,'’`´"′″·•․‧∙⋅。．｡・･،٫٬，、﹒﹐−˗⁃‚„〝〞「」『』＂＇]/gu
  if (/^\p{Nd}{6}$/u.test(code.value.replaceAll(separators, ''))) {
    sends = setTimeout(() => { if (!code.form.dataset.sent) code.form.requestSubmit() }, 800)
  }
})

// What asks before something is done to somebody opens above the page.
document.addEventListener('click', async event => {
  const link = event.target.closest('a[href$="/two-factor/delete"], a[href$="/suspend"], a[href$="/withdraw"]')
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
  event.preventDefault()
  const answer = await fetch(link.href).catch(() => null)
  const page = answer && !answer.redirected && new DOMParser().parseFromString(await answer.text(), 'text/html')
  const ask = page && page.querySelector('.ask')
  if (!ask) return location.assign(link.href) // such as to confirm the identity first
  const dialog = document.createElement('dialog')
  const title = document.createElement('h2')
  title.id = 'asked'
  title.textContent = page.querySelector('h1').textContent
  dialog.setAttribute('aria-labelledby', title.id)
  dialog.append(title, ...ask.children)
  dialog.querySelector('form a.button').addEventListener('click', cancel => {
    cancel.preventDefault()
    dialog.close()
  })
  dialog.addEventListener('close', () => {
    dialog.remove()
    if (link.checkVisibility()) link.focus()
    else document.querySelector(`[popovertarget="${link.parentElement.id}"]`)?.focus() // of the menu that it was in
  })
  document.body.append(dialog)
  dialog.showModal()
})
// Several people: all of the page at once, how many there are, and none of them
// under the bar with the buttons.
const ticked = row => {
  const form = document.querySelector('form:has([data-all])')
  if (!form) return
  const boxes = [...form.querySelectorAll('td input')]
  const n = boxes.filter(box => box.checked).length
  const all = form.querySelector('[data-all]')
  all.checked = n === boxes.length
  all.indeterminate = n > 0 && !all.checked
  form.querySelector('[data-selected]').textContent = n ? `${n} selected` : ''
  row?.scrollIntoView({ block: 'nearest' })
}
document.addEventListener('change', event => {
  const box = event.target
  if ('all' in box.dataset) for (const one of box.form.querySelectorAll('td input')) one.checked = box.checked
  if (box.type === 'checkbox') ticked(box.closest('tbody tr'))
})
addEventListener('pageshow', () => ticked())

// The list follows what is typed into its search field.
const search = document.getElementById('list') && document.getElementById('q')
let pause
search?.addEventListener('input', () => {
  clearTimeout(pause)
  pause = setTimeout(look, 250)
})
search?.form.addEventListener('change', event => {
  if (event.target !== search) look()
})
// After an action, the list is where it was, also if the row has gone.
if (document.getElementById('list')) {
  const at = new URL(location)
  const done = at.searchParams.has('done')
  at.searchParams.delete('done')
  const place = 'at ' + at.pathname + at.search
  if (done && !document.querySelector(':target')) scrollTo(0, sessionStorage.getItem(place) ?? 0)
  addEventListener('pagehide', () => sessionStorage.setItem(place, scrollY))
}
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
  ticked()
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
