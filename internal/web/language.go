package web

import (
	"net/http"

	"portico"
	"portico/internal/locale"
	"portico/internal/web/ui"
)

// language returns the language of a request's reader.
func (s *Server) language(*http.Request) locale.Language { return locale.English }

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
