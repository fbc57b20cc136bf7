// Passkeys, on pages that have a form for them:
//
//   <form hidden data-passkey="create" data-options="{...}" data-renew="/address" data-failed="Sentence.">
//   <input type="hidden" name="passkey">
//
// data-passkey is create, get, or conditional: get that is also proposed by the
// browser in the field with autocomplete="username webauthn". data-options is the
// JSON of package passkey; data-renew answers a POST with the same, anew, and may
// stand alone. data-lasts is for how many seconds the page may begin: later, it loads
// data-again in its place, and nothing is made that would be refused. data-held, which
// may be missing, is the sentence for an authenticator that has such a passkey already,
// and data-wrong the one for a field that does not match its pattern. What has
// data-passkey-missing is shown while passkeys cannot be used: without script, too. In a
// form for more than a passkey, a button with data-plain asks for none, and the one with
// data-passkey-button is shown where one can be used.
'use strict'

const renewal = 4 * 60_000 // a minute before the challenge ends
let current // of the requests to the browser, of which it takes one at a time

const bytes = text => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), c => c.charCodeAt(0))
const text = buffer => buffer && btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

// Browsers of before 2025 do not read JSON themselves.
const decoded = (creating, json) => {
  const of = window.PublicKeyCredential
  if (creating && of.parseCreationOptionsFromJSON) return of.parseCreationOptionsFromJSON(json)
  if (!creating && of.parseRequestOptionsFromJSON) return of.parseRequestOptionsFromJSON(json)
  const list = all => all?.map(one => ({ ...one, id: bytes(one.id) })) ?? []
  const options = { ...json, challenge: bytes(json.challenge) }
  if (creating) return { ...options, user: { ...json.user, id: bytes(json.user.id) }, excludeCredentials: list(json.excludeCredentials) }
  return { ...options, allowCredentials: list(json.allowCredentials) }
}

// Not toJSON, which fails on what some password managers answer.
const encoded = ({ rawId, type, response }, results) => JSON.stringify({
  id: text(rawId),
  rawId: text(rawId),
  type,
  clientExtensionResults: { credProps: results?.credProps },
  response: {
    clientDataJSON: text(response.clientDataJSON),
    attestationObject: text(response.attestationObject),
    transports: response.getTransports?.(),
    authenticatorData: response.signature && text(response.authenticatorData),
    signature: text(response.signature),
    userHandle: text(response.userHandle) || undefined
  }
})

const enable = form => {
  const creating = form.dataset.passkey === 'create'
  let options = form.dataset.options
  let since = Date.now()

  const fresh = async () => {
    if (!options || form.dataset.renew && Date.now() - since > renewal) {
      const answer = await fetch(form.dataset.renew, { method: 'POST', body: new URLSearchParams() })
      if (!answer.ok) throw new Error(answer.statusText)
      options = await answer.text()
      since = Date.now()
    }
    return decoded(creating, JSON.parse(options))
  }

  // The browser asks the user, and the form is sent with the answer. A later
  // request ends an earlier one.
  const ask = async (mediation, submitter) => {
    current?.abort()
    const { signal } = current = new AbortController()
    try {
      const publicKey = await fresh()
      const request = { publicKey, mediation, signal }
      const made = await (creating ? navigator.credentials.create(request) : navigator.credentials.get(request))
      form.elements.passkey.value = encoded(made, made.getClientExtensionResults?.())
      form.requestSubmit(submitter)
    } catch (error) {
      if (!signal.aborted) return error
    }
  }

  const propose = async () => {
    const before = current
    if (!await window.PublicKeyCredential.isConditionalMediationAvailable?.()) return
    if (current !== before) return // the user has pressed the button meanwhile
    const renew = setTimeout(propose, renewal + 1000)
    await ask('conditional')
    clearTimeout(renew)
  }

  form.addEventListener('submit', async event => {
    if (form.elements.passkey.value || event.submitter?.dataset.plain !== undefined) return
    event.preventDefault()
    event.stopPropagation() // it is not on its way yet
    if (form.dataset.again && Date.now() - since > form.dataset.lasts * 1000) return location.assign(form.dataset.again)
    form.querySelector('[role=alert]')?.remove()
    const wrong = form.querySelector(':invalid') // what is refused later is left in the device
    wrong?.focus()
    const error = wrong || await ask(undefined, event.submitter)
    if (!error) return
    const alert = document.createElement('p')
    alert.className = 'alert'
    alert.role = 'alert'
    alert.textContent = wrong ? form.dataset.wrong : error.name === 'InvalidStateError' && form.dataset.held || form.dataset.failed
    form.prepend(alert)
    if (form.dataset.passkey === 'conditional') propose()
  })
  addEventListener('pageshow', event => {
    form.elements.passkey.value = ''
    if (event.persisted) since = 0 // the challenge was answered when the page was left
    if (form.dataset.passkey === 'conditional') propose()
  })
  for (const button of form.querySelectorAll('[data-passkey-button]')) button.hidden = false
  form.hidden = false
}

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll('form[data-passkey]')) enable(form)
  for (const part of document.querySelectorAll('[data-passkey-missing]')) part.hidden = true
}

// Authenticators are told which passkeys the portal still knows, and the name of
// their user: data-signal is the name of the method, data-options what it takes.
for (const { dataset } of document.querySelectorAll('[data-signal]')) {
  window.PublicKeyCredential?.[dataset.signal]?.(JSON.parse(dataset.options)).catch(() => {})
}
