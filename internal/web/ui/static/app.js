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
for (const form of document.forms) {
  form.addEventListener('submit', event => {
    if (form.dataset.sent) event.preventDefault()
    form.dataset.sent = 'yes'
  })
}
addEventListener('pageshow', () => {
  for (const form of document.forms) delete form.dataset.sent
})
