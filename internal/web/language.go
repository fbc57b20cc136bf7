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
	l := s.language(r)
	p := &ui.Problem{Text: l.Say(told.Message)}
	for field, m := range told.Fields {
		if p.Fields == nil {
			p.Fields = map[string]string{}
		}
		p.Fields[field] = l.Say(m)
	}
	return p
}
