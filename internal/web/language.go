package web

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"portico"
	"portico/internal/auth"
	"portico/internal/locale"
	"portico/internal/web/ui"
)

// languageTTL is how long a browser keeps the language that was chosen in it.
const languageTTL = 365 * 24 * time.Hour

// language returns the language of a request's reader: the one that the person or
// else the person's customer has chosen; without a session, behind a mailed link the one
// that was chosen there, or else that of whom it was mailed to; then the one that was
// chosen in the browser; and then the one that the browser asks for. What is stored or
// sent counts only if it is a language of the portal.
func (s *Server) language(r *http.Request) locale.Language {
	v := visited(r)
	if ses := v.session; ses != nil {
		if l := locale.Chosen(ses.User.Language, ses.Customer.Language); l != "" {
			return l
		}
	}
	if v.language == "" {
		v.language = cmp.Or(locale.Chosen(s.cookie(r, languageCookie)), locale.Accepted(r.Header.Get("Accept-Language")), locale.English)
	}
	return v.language
}

// isFor notes whom the link of a request was mailed to, so that its page is in
// the language that was chosen there, or else in theirs.
func isFor(r *http.Request, whose auth.LinkFor) {
	v := visited(r)
	v.linked, v.language = true, cmp.Or(chosenHere(r), locale.Chosen(whose.User.Language, whose.Customer.Language))
}

// chosenHere returns the language that was chosen on the page of a mailed link, which is in
// its address: that of the browser may be the choice of somebody else who uses it.
func chosenHere(r *http.Request) locale.Language {
	return locale.Chosen(r.URL.Query().Get("language"))
}

// linkAction returns the address to which the page of a mailed link sends its form, with
// the language that was chosen there.
func linkAction(r *http.Request) string {
	if l := chosenHere(r); l != "" {
		return r.URL.Path + "?language=" + string(l)
	}
	return r.URL.Path
}

// text returns a message in the reader's language.
func (s *Server) text(r *http.Request, text portico.Text, values ...any) string {
	return s.language(r).Text(text, values...)
}

// problem returns what a form shows of an error, in the reader's language.
func (s *Server) problem(r *http.Request, told *portico.Error) *ui.Problem {
	return ui.ProblemOf(s.language(r), told)
}

// chooseLanguage keeps in the browser the language that was chosen on a page
// without a session.
func (s *Server) chooseLanguage(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	chosen := f.text("language")
	if err := locale.CheckChoice(chosen); err != nil {
		return err
	}
	s.setCookie(w, languageCookie, chosen)
	next := cmp.Or(hostPath(f.text("next")), "/login")
	if path, is := strings.CutSuffix(next, "?language="); is {
		next = path + "?language=" + chosen
	}
	return redirect(w, r, next, "")
}

// returnOf returns the address to which chooseLanguage leads back from the page of a
// request. It returns "" for the answer to a form, which offers no choice: coming back
// would lose what it says and what was typed, or open a link that is used up. The
// address of a mailed link takes the language that is chosen at its end.
func returnOf(r *http.Request) string {
	switch {
	case r.Method == http.MethodPost:
		return ""
	case visited(r).linked:
		return r.URL.Path + "?language="
	}
	return cmp.Or(hostPath(r.URL.RequestURI()), "/login")
}

// ownLanguage saves the language of the person's own pages. The browser is to show
// the log-in page in it, too.
func (s *Server) ownLanguage(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	chosen := f.text("language")
	if err := s.Users.SaveOwnLanguage(r.Context(), session(r).Actor, chosen); err != nil {
		return err
	}
	s.setCookie(w, languageCookie, chosen)
	return redirect(w, r, "/account", "language-saved")
}
