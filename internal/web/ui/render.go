package ui

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
	"sync"

	"portico/internal/locale"
)

//go:embed templates
var templates embed.FS

// Renderer turns pages into HTML. It is safe for concurrent use.
type Renderer struct {
	pages map[locale.Language]map[string]parse
}

type parse func() (*template.Template, error)

// New returns the renderer of this process. Every server has the same pages.
func New() (*Renderer, error) { return renderer() }

// renderer lists the pages in each language. Each is parsed when it is first shown:
// parsing all of them would take a third of the time that the program needs to
// start, and five megabytes a language.
var renderer = sync.OnceValues(func() (*Renderer, error) {
	files, err := fs.Glob(templates, "templates/page/*.html")
	if err != nil {
		return nil, fmt.Errorf("finding the pages: %w", err)
	}
	r := &Renderer{pages: map[locale.Language]map[string]parse{}}
	for _, l := range append(locale.All(), locale.Pseudo) {
		base := sync.OnceValues(func() (*template.Template, error) {
			return parseFiles(template.New("").Funcs(funcs).Funcs(funcsIn(l)).Funcs(l.Funcs()), l, "templates/*.html")
		})
		pages := map[string]parse{}
		for _, file := range files {
			pages[strings.TrimSuffix(path.Base(file), ".html")] = sync.OnceValues(func() (*template.Template, error) {
				layout, err := base()
				if err != nil {
					return nil, err
				}
				page, err := layout.Clone()
				if err != nil {
					return nil, fmt.Errorf("copying the layout for %s: %w", file, err)
				}
				return parseFiles(page, l, file)
			})
		}
		r.pages[l] = pages
	}
	return r, nil
})

// parseFiles parses the templates that match pattern into t, with their messages
// in a language.
func parseFiles(t *template.Template, l locale.Language, pattern string) (*template.Template, error) {
	files, err := fs.Glob(templates, pattern)
	if err != nil {
		return nil, fmt.Errorf("finding %s: %w", pattern, err)
	}
	for _, file := range files {
		source, err := templates.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", file, err)
		}
		text, err := locale.Fold(l, string(source))
		if err == nil {
			_, err = t.New(path.Base(file)).Parse(text)
		}
		if err != nil {
			return nil, fmt.Errorf("parsing %s in %s: %w", file, l.Name(), err)
		}
	}
	return t, nil
}

// Render returns a whole page or an error, never part of a page.
func (r *Renderer) Render(p Page) ([]byte, error) {
	page := r.pages[p.In()][p.template()]
	if page == nil {
		return nil, fmt.Errorf("there is no template %q in %s", p.template(), p.In())
	}
	t, err := page()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.Grow(16 << 10)
	if err := t.ExecuteTemplate(&b, "layout.html", p); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
