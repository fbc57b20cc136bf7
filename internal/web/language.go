package web

import (
	"fmt"
	"net/http"
	"time"

	"portico"
	"portico/internal/locale"
	"portico/internal/web/ui"
)

// language returns the language of a request's reader.
func (s *Server) language(*http.Request) locale.Language { return locale.English }

// text returns a message in the reader's language.
func (s *Server) text(r *http.Request, text portico.Text, values ...any) string {
	return said(s.language(r), portico.Say(text, values...))
}

// problem returns what a form shows of an error, in the reader's language.
func (s *Server) problem(r *http.Request, told *portico.Error) *ui.Problem {
	l := s.language(r)
	p := &ui.Problem{Text: said(l, told.Message)}
	for field, m := range told.Fields {
		if p.Fields == nil {
			p.Fields = map[string]string{}
		}
		p.Fields[field] = said(l, m)
	}
	return p
}

// said returns a message in a language, with the values as the language writes
// them.
func said(l locale.Language, m portico.Message) string {
	values := make([]any, len(m.Values))
	for i, v := range m.Values {
		values[i] = written(l, v)
	}
	if m.Counts() {
		return l.Plural(m.Count, string(m.Text), values...)
	}
	return l.Text(string(m.Text), values...)
}

// written returns a value of a message as a language writes it.
func written(l locale.Language, v any) any {
	switch v := v.(type) {
	case portico.Message:
		return said(l, v)
	case portico.Date:
		return l.Time(time.Time(v), locale.Day)
	case portico.Role:
		return l.Text(string(v.Text()))
	case portico.List:
		words := make([]string, len(v))
		for i, word := range v {
			words[i] = fmt.Sprint(written(l, word))
		}
		return l.List(words...)
	}
	return v
}
