package e2e

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/webauthn"

	"portico/internal/passkey"
	"portico/internal/porticotest"
)

// passkeyPage is the markup that passkey.js works on.
var passkeyPage = template.Must(template.New("").Parse(`<!doctype html><title>Passkeys</title>
<script>{{.Before}}</script><script src="/static/app.js" defer></script><script src="/static/passkey.js" defer></script>
<p data-passkey-missing>Not in this browser.</p>
<form method="post" hidden data-passkey="{{.Kind}}" {{if .Options}}data-options="{{.Options}}" {{end}}data-renew="{{.Renew}}" {{with .Again}}data-lasts="60" data-again="{{.}}" {{end}}data-failed="Nothing was done." data-held="It is held already.">
<input type="hidden" name="passkey"><button>Go</button></form>
<template data-signal="signalAllAcceptedCredentials" data-options="{}"></template>`))

// passkeyServer is a portal with nothing but one passkey, on localhost.
type passkeyServer struct {
	t         *testing.T
	rp        passkey.RelyingParty
	challenge []byte
	user      passkey.User
	one       sync.Mutex // request at a time
	made      passkey.Credential
	renewed   atomic.Int32
	loggedIn  chan string // with what it was refused for
}

func newPasskeyServer(t *testing.T) (*passkeyServer, *porticotest.Portal) {
	t.Helper()
	s := &passkeyServer{t: t, challenge: bytes.Repeat([]byte{1}, 32), user: passkey.User{Handle: bytes.Repeat([]byte{2}, 64), LoginID: "fay", Name: "Fay"}, loggedIn: make(chan string, 9)}
	mux := http.NewServeMux()
	mux.Handle("GET /static/", http.StripPrefix("/static/", http.FileServer(http.Dir("../internal/web/ui/static"))))
	mux.HandleFunc("GET /{kind}", s.page)
	mux.HandleFunc("POST /{kind}", s.answer)
	mux.HandleFunc("POST /{kind}/options", s.options)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.one.Lock()
		defer s.one.Unlock()
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	base.Host = "localhost:" + base.Port() // an IP address has no passkeys
	if s.rp, err = passkey.NewRelyingParty(base, "Portico"); err != nil {
		t.Fatal(err)
	}
	return s, &porticotest.Portal{URL: base.String()}
}

// optionsOf returns the options, with another relying party than this one if asked to.
func (s *passkeyServer) optionsOf(kind string, foreign bool) string {
	rp := s.rp
	if foreign {
		rp.ID = "evil.example"
	}
	var options []byte
	var err error
	if kind == "create" {
		var held []passkey.Credential
		if s.made.ID != nil {
			held = append(held, s.made)
		}
		options, err = passkey.Registration(rp, s.challenge, s.user, held)
	} else {
		options, err = passkey.Assertion(rp, s.challenge, nil, true)
	}
	if err != nil {
		s.t.Error(err)
	}
	return string(options)
}

func (s *passkeyServer) page(w http.ResponseWriter, r *http.Request) {
	kind, q := r.PathValue("kind"), r.URL.Query()
	page := map[string]any{"Kind": kind, "Renew": "/" + kind + "/options", "Again": q.Get("again"), "Before": template.JS(q.Get("before"))}
	if !q.Has("late") {
		page["Options"] = s.optionsOf(kind, q.Has("foreign"))
	}
	if err := passkeyPage.Execute(w, page); err != nil {
		s.t.Error(err)
	}
}

func (s *passkeyServer) options(w http.ResponseWriter, r *http.Request) {
	s.renewed.Add(1)
	fmt.Fprint(w, s.optionsOf(r.PathValue("kind"), false))
}

func (s *passkeyServer) answer(w http.ResponseWriter, r *http.Request) {
	sent := []byte(r.FormValue("passkey"))
	if r.PathValue("kind") == "create" {
		made, err := passkey.VerifyRegistration(s.rp, s.challenge, sent)
		s.made = made
		fmt.Fprintf(w, "<p>Made, but for: %s.", reason(err))
		return
	}
	answer, err := passkey.ParseAssertion(sent)
	if err == nil {
		_, err = answer.VerifyLogin(s.rp, s.challenge, s.made, s.user.Handle)
	}
	s.loggedIn <- reason(err)
	fmt.Fprintf(w, "<p>Logged in, but for: %s.", reason(err))
}

// neverChosen is a user who does not choose what the browser proposes, as
// Chromium's authenticator always does. Nothing else can be asked meanwhile.
var neverChosen = url.QueryEscape(`const get = navigator.credentials.get.bind(navigator.credentials);
let proposed;
navigator.credentials.get = asked => {
	if (!asked.mediation) return proposed ? Promise.reject() : get(asked);
	proposed = asked.signal;
	return new Promise((_, no) => { asked.signal.onabort = () => { proposed = null; no() } })
}`)

func reason(err error) string {
	if err == nil {
		return "nothing"
	}
	return err.Error()
}

// oldBrowser has neither of the functions that read options from JSON.
const oldBrowser = "?before=delete+PublicKeyCredential.parseCreationOptionsFromJSON%3Bdelete+PublicKeyCredential.parseRequestOptionsFromJSON"

// TestPasskeyScript makes and uses passkeys with Chromium's own authenticator:
// what the script sends is what the portal verifies.
func TestPasskeyScript(t *testing.T) {
	t.Parallel()
	for name, query := range map[string]string{"a browser of today": "?before=0", "a browser of 2023": oldBrowser} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, p := newPasskeyServer(t)
			b := browse(t, p, desktop)
			b.authenticator()
			b.open("/create" + query)
			b.follow("button", "Go")
			b.reads("Made, but for: nothing.")
			b.open("/create" + query)
			b.click("button", "Go")
			b.alerts("It is held already.")
			for _, late := range []string{"", "&late"} {
				b.open("/get" + query + late)
				b.follow("button", "Go")
				b.reads("Logged in, but for: nothing.")
				<-s.loggedIn
			}
			if got := s.renewed.Load(); got != 1 {
				t.Errorf("the options were fetched %d times, want once: where the page has none", got)
			}
			b.open("/conditional" + query + "%3B" + neverChosen)
			b.follow("button", "Go")
			b.reads("Logged in, but for: nothing.")
			<-s.loggedIn
			b.open("/conditional" + query)
			if got := <-s.loggedIn; got != "nothing" {
				t.Errorf("the browser's proposal is refused for: %s", got)
			}
		})
	}
}

// hurried is a browser that takes its time to say that it proposes passkeys, and whose
// user then takes a while to touch the authenticator.
var hurried = url.QueryEscape(`const get = navigator.credentials.get.bind(navigator.credentials);
PublicKeyCredential.isConditionalMediationAvailable = () => new Promise(yes => { window.available = () => { yes(true); return "" } });
navigator.credentials.get = asked => asked.mediation ? new Promise(() => {}) : new Promise((yes, no) => {
	asked.signal.onabort = () => { document.title = "ended"; no() };
	window.touch = () => { get(asked).then(yes, no); return "" };
	document.title = "asks";
})`)

// TestPasskeyIsAskedForAtOnce checks that who presses the button before the browser
// proposes passkeys is asked, and that no proposal ends that.
func TestPasskeyIsAskedForAtOnce(t *testing.T) {
	t.Parallel()
	s, p := newPasskeyServer(t)
	b := browse(t, p, desktop)
	b.authenticator()
	b.open("/create?before=0")
	b.follow("button", "Go")
	b.open("/conditional?before=" + hurried)
	b.click("button", "Go")
	if !b.eventually(func() bool { return b.eval("document.title") == "asks" }) {
		t.Fatal("the user is not asked")
	}
	b.eval("available()")
	if got := b.eval("document.title"); got != "asks" {
		t.Fatalf("once the browser proposes passkeys, the request of the user has %q, want that it goes on", got)
	}
	b.eval("touch()")
	if got := <-s.loggedIn; got != "nothing" {
		t.Errorf("the passkey is refused for: %s", got)
	}
}

// TestPasskeyScriptFails uses passkeys where that cannot work.
func TestPasskeyScriptFails(t *testing.T) {
	t.Parallel()
	s, p := newPasskeyServer(t)
	b := browse(t, p, desktop)
	b.authenticator()
	if b.open("/get?before=delete+window.PublicKeyCredential"); b.has("button", "Go") {
		t.Error("there is a button that does nothing")
	}
	b.reads("Not in this browser.")
	b.open("/get?foreign")
	if got := b.text(); got != "Go" {
		t.Errorf("%q, want the button alone", got)
	}
	b.click("button", "Go")
	b.alerts("Nothing was done.")

	b.open("/create")
	b.eval(`const now = Date.now; Date.now = () => now() + 241_000; ""`)
	b.follow("button", "Go")
	b.reads("Made, but for: nothing.")
	if got := s.renewed.Load(); got != 1 {
		t.Errorf("the options were renewed %d times, want once", got)
	}
	b.open("/create?again=/get%3Flate")
	b.eval(`const now = Date.now; Date.now = () => now() + 61_000; navigator.credentials.create = () => { document.title = "asked" }; ""`)
	b.follow("button", "Go")
	if at := b.eval("location.pathname + document.title"); at != "/getPasskeys" {
		t.Errorf("too late, the page goes to %s, want /get and nothing made", at)
	}
	b.open("/get?before=PublicKeyCredential.signalAllAcceptedCredentials=async+told=>{document.title=JSON.stringify(told)}")
	if got := b.eval("document.title"); got != "{}" {
		t.Errorf("the authenticator was told %q, want {}", got)
	}

	b = browse(t, p, noScript)
	if b.open("/get"); b.has("button", "Go") {
		t.Error("without script, there is a button that does nothing")
	}
	b.reads("Not in this browser.")
}

// authenticator gives the browser an authenticator that verifies its user at
// once.
func (b *tab) authenticator() webauthn.AuthenticatorID {
	b.t.Helper()
	call(b, webauthn.Enable, webauthn.EnableParams{})
	return call(b, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}}).AuthenticatorID
}

// alerts waits until the page says so, as an alert.
func (b *tab) alerts(sentence string) {
	b.t.Helper()
	if !b.eventually(func() bool { return b.eval(`document.querySelector("[role=alert]")?.textContent ?? ""`) == sentence }) {
		b.t.Errorf("no alert %q on:\n%s", sentence, b.text())
	}
}
