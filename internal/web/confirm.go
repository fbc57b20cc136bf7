package web

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"portico"
	"portico/internal/web/ui"
)

// carriedTTL is how long a form waits for its confirmation.
const carriedTTL = 30 * time.Minute

// carried is a form that waits for a confirmation. It travels through the
// browser encrypted (see auth.SealForm), so only a form that the portal
// encrypted itself is accepted back.
type carried struct {
	Path   string
	Fields map[string]string
	Until  time.Time
}

// form returns the fields as they were sent.
func (c carried) form() form {
	f := form{url.Values{}}
	for name, value := range c.Fields {
		f.values.Set(name, value)
	}
	return f
}

// askConfirmation sends a person whose identity was not confirmed recently to
// /confirm, which then continues with the request. A submitted form is carried
// along, so that nothing typed is lost. A form that contains a secret is not
// carried: its page asks for all of it again.
func (s *Server) askConfirmation(w http.ResponseWriter, r *http.Request) error {
	to := "/confirm?next=" + url.QueryEscape(r.URL.Path)
	if r.Method != http.MethodPost {
		return redirect(w, r, to, "")
	}
	f, err := readForm(r)
	if err != nil {
		return err
	}
	c := carried{Path: r.URL.Path, Fields: map[string]string{}, Until: s.Now().Add(carriedTTL)}
	for name := range f.values {
		if secrets[name] {
			return redirect(w, r, to, "")
		}
		c.Fields[name] = f.values.Get(name)
	}
	sealed, err := s.sealed(r, c)
	if err != nil {
		return err
	}
	if len(c.Fields) == 0 {
		return redirect(w, r, to+"&form="+sealed, "")
	}
	page, err := s.confirmPageFor(r, c.Path, sealed)
	if err != nil {
		return err
	}
	return s.send(w, http.StatusForbidden, page)
}

func (s *Server) sealed(r *http.Request, c carried) (string, error) {
	b, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("carrying a form: %w", err)
	}
	b, err = s.Auth.SealForm(session(r), b)
	if err == nil && base64.RawURLEncoding.EncodedLen(len(b)) > maxForm/2 {
		err = errTooLarge // it would not fit into the form that sends it back
	}
	return base64.RawURLEncoding.EncodeToString(b), err
}

// opened returns the form that a confirmation sends back. ok is false unless
// the portal encrypted the form itself, for this session and within
// carriedTTL, and the session has not confirmed since: Confirm exchanges the
// token that the form is bound to, so each form runs once.
func (s *Server) opened(r *http.Request, sealed string) (c carried, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil || sealed == "" {
		return carried{}, false
	}
	if b, err = s.Auth.OpenForm(session(r), b); err != nil {
		return carried{}, false // the confirmation then leads to the form's page
	}
	if err := json.Unmarshal(b, &c); err != nil || !s.Now().Before(c.Until) {
		return carried{}, false
	}
	return c, true
}

func (s *Server) confirmPage(w http.ResponseWriter, r *http.Request) error {
	asked := r.URL.Query()
	page, err := s.confirmPageFor(r, asked.Get("next"), asked.Get("form"))
	if err != nil {
		return err
	}
	return s.show(w, page)
}

func (s *Server) confirmPageFor(r *http.Request, next, sealed string) (ui.ConfirmPage, error) {
	c, ok := s.opened(r, sealed)
	if !ok {
		c.Path, sealed = localPath(next), ""
	}
	ses := session(r)
	what, whom, err := s.about(r, c)
	if err != nil {
		return ui.ConfirmPage{}, err
	}
	ways, err := s.Auth.WaysToConfirm(r.Context(), ses)
	if err != nil {
		return ui.ConfirmPage{}, err
	}
	rec, err := s.Auth.Recovery(r.Context(), ses)
	return ui.ConfirmPage{
		Layout: s.layout(r, "Confirm that it is you", "/account"), LoginID: ses.User.LoginID,
		NeedsCode: ses.User.TwoFactor == portico.TwoFactorEnabled, Next: c.Path, Form: sealed, What: what, Whom: whom,
		RecoveryLeft: rec.Left, Rescues: !ses.RescueUntil.IsZero(), NoApp: !ways.App, Passkey: string(ways.Passkey), AfterPassword: ways.AfterPassword,
	}, err
}

func (s *Server) confirm(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	// Open the form first: Confirm exchanges the token that it is bound to.
	form, runs := s.opened(r, f.text("form"))
	var token string
	if f.secret("passkey") != "" {
		token, err = s.Auth.ConfirmByPasskey(r.Context(), session(r), f.secret("password"), []byte(f.secret("passkey")))
	} else {
		token, err = s.Auth.Confirm(r.Context(), session(r), f.secret("password"), f.secret("code"), f.secret("recovery_code"))
	}
	if err != nil {
		page, pageErr := s.confirmPageFor(r, f.text("next"), f.text("form"))
		if pageErr != nil {
			return pageErr
		}
		return s.rerenderForm(w, r, err, func(p *ui.Problem) ui.Page {
			page.Problem, page.Recovers = p, f.secret("recovery_code") != ""
			return page
		})
	}
	s.renew(w, token)
	if !runs {
		return redirect(w, r, s.pageOf(r, localPath(f.text("next"))), "")
	}
	s.run(w, r, form, token)
	return nil
}

// run dispatches a carried form to its route as if it had just been sent. The
// route's guard decides again, with the new token.
func (s *Server) run(w http.ResponseWriter, r *http.Request, c carried, token string) {
	again := r.Clone(r.Context())
	again.URL = &url.URL{Path: c.Path}
	again.PostForm = c.form().values
	again.Form = again.PostForm
	again.Header.Set("Cookie", (&http.Cookie{Name: s.cookieName(sessionCookie), Value: token}).String())
	if l := s.cookie(r, languageCookie); l != "" {
		again.AddCookie(&http.Cookie{Name: s.cookieName(languageCookie), Value: l})
	}
	visited(r).session = nil
	s.mux.ServeHTTP(w, again)
}

// pageOf returns where to redirect a person who has logged in or confirmed. It
// returns the address itself, unless the portal accepts only a POST there: then
// it returns the nearest page above it, which has the button. Following a link
// therefore never makes a change, whatever the link names. Addresses that match
// no route are returned unchanged, because they may belong to another
// application.
func (s *Server) pageOf(r *http.Request, next string) string {
	u, err := url.Parse(next)
	if err != nil || next == "" {
		return "/"
	}
	rt, _, form := s.routed(r, http.MethodPost, u.Path)
	_, pattern, _ := strings.Cut(rt.pattern, " ")
	if _, page := s.table["GET "+pattern]; page || !form {
		return next
	}
	at := u.Path
	for at != "/" {
		at, pattern = path.Dir(at), path.Dir(pattern)
		if _, is := s.table["GET "+pattern]; is {
			break
		}
	}
	return at
}
