package web

import (
	"cmp"
	"net/http"
	"time"

	"portico"
	"portico/internal/auth"
	"portico/internal/locale"
	"portico/internal/web/ui"
)

// languageTTL is how long a browser keeps the language that was chosen in it.
const languageTTL = 365 * 24 * time.Hour

// language returns the language of a request's reader: the one that the person or
// else the person's customer has chosen; without a session the one that was chosen
// in the browser, or else that of whom a link was mailed to; and then the one that
// the browser asks for. What is stored or sent counts only if it is a language of
// the portal.
func (s *Server) language(r *http.Request) locale.Language {
	v := visited(r)
	if ses := v.session; ses != nil {
		if l := locale.Chosen(ses.User.Language, ses.Customer.Language); l != "" {
			return l
		}
	}
	if v.language == "" {
		v.language = cmp.Or(locale.Chosen(s.cookie(r, languageCookie)), v.addressee, locale.Accepted(r.Header.Get("Accept-Language")), locale.English)
	}
	return v.language
}

// isFor notes whom the link of a request was mailed to, so that its page is in
// their language.
func (v *visit) isFor(whose auth.LinkFor) {
	v.addressee, v.language = locale.Chosen(whose.User.Language, whose.Customer.Language), ""
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
	return redirect(w, r, cmp.Or(hostPath(f.text("next")), "/login"), "")
}

// returnOf returns the address to which chooseLanguage leads back from the page of a
// request. It returns "" for the answer to a form, which offers no choice: coming back
// would lose what it says and what was typed, or open a link that is used up.
func returnOf(r *http.Request) string {
	if r.Method == http.MethodPost {
		return ""
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
