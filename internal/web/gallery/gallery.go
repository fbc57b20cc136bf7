// Package gallery shows every page of the portal in all of its states, with
// sample data. The appearance and the wording of a page can be edited, reviewed
// and tested there without bringing a portal into that state.
//
// It owns only the samples: the appearance of the pages belongs to package ui.
// It uses no database, and its forms do nothing.
package gallery

import (
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strings"

	"portico/internal/locale"
	"portico/internal/web/ui"
)

// State is one page in one state.
type State struct {
	Name    string // of the state, in words
	Content ui.Page
}

// Page returns the name of the page, which is the name of its template.
func (s State) Page() string { return ui.Name(s.Content) }

// Path returns the address of the state in the gallery.
func (s State) Path() string {
	return "/" + s.Page() + "/" + strings.ReplaceAll(strings.ToLower(s.Name), " ", "-")
}

// States returns all states, page by page.
func States() []State {
	var all []State
	for _, states := range [][]State{login(), account(), access(), person(), resets(), policy(), imports(), customers(), audit(), report(), messages(), rare()} {
		all = append(all, states...)
	}
	return all
}

// Handler returns the gallery in a language: the list of states at /, and each state
// at its path.
func Handler(l locale.Language) (http.Handler, error) {
	renderer, err := ui.New()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /static/", ui.Static(http.NotFound))
	mux.HandleFunc("GET /accent/{colour}", func(w http.ResponseWriter, r *http.Request) {
		css, _ := ui.AccentStyle(r.PathValue("colour"), r.URL.Query().Has("preview"))
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = io.WriteString(w, css) // the client may have gone
	})
	var list strings.Builder
	for _, s := range States() {
		html, err := renderer.Render(inLanguage(s.Content, l))
		if err != nil {
			return nil, fmt.Errorf("showing %s: %w", s.Path(), err)
		}
		mux.HandleFunc("GET "+s.Path(), func(w http.ResponseWriter, _ *http.Request) { answer(w, html) })
		fmt.Fprintf(&list, `<li><a href="%s">%s: %s</a></li>`, s.Path(), template.HTMLEscapeString(s.Page()), template.HTMLEscapeString(s.Name))
	}
	index, err := renderer.Render(ui.MessagePage{
		Layout: ui.Layout{Title: "Gallery", Brand: "Portico"}, Text: "Every page in every state, with sample data.",
	})
	if err != nil {
		return nil, fmt.Errorf("showing the gallery: %w", err)
	}
	whole := []byte(strings.Replace(string(index), "</main>", "<ul>"+list.String()+"</ul></main>", 1))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { answer(w, whole) })
	return mux, nil
}

func answer(w http.ResponseWriter, html []byte) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// As strict as the portal's own policy, so that nothing works only here.
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'")
	_, _ = w.Write(html) // the client may have gone
}
