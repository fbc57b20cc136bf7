package web

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"portico"
	"portico/internal/web/ui"
)

// rerenderForm re-renders a form with what was typed and what is wrong with it. It
// returns errors that the form cannot fix, such as Forbidden.
func (s *Server) rerenderForm(w http.ResponseWriter, r *http.Request, err error, page func(*ui.Problem) ui.Page) error {
	status, p := s.problemOf(w, r, err)
	if p == nil {
		return err
	}
	return s.send(w, status, page(p))
}

// problemOf returns what is wrong with a form and the status to send it with.
// The problem is nil if the form cannot fix the error.
func (s *Server) problemOf(w http.ResponseWriter, r *http.Request, err error) (int, *ui.Problem) {
	told := portico.ErrorOf(err)
	if told == nil {
		return 0, nil
	}
	status := http.StatusUnprocessableEntity
	switch told.Code {
	case portico.Invalid, portico.Conflict:
	case portico.TooMany:
		status = http.StatusTooManyRequests
		retryAfter(w, told)
	default:
		return 0, nil
	}
	return status, s.problem(r, told)
}

// send renders the whole page before it writes the first byte.
func (s *Server) send(w http.ResponseWriter, status int, page ui.Page) error {
	b, err := s.pages.Render(page)
	if err != nil {
		return fmt.Errorf("rendering %T: %w", page, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", string(page.In()))
	w.Header().Set("Vary", "Accept-Language, Cookie")      // see language
	w.Header().Set("Content-Length", strconv.Itoa(len(b))) // without it, the response would be chunked
	w.WriteHeader(status)
	// The client may have gone; then there is nobody to report the error to.
	_, _ = w.Write(b)
	return nil
}

// show sends a page with status 200.
func (s *Server) show(w http.ResponseWriter, page ui.Page) error {
	return s.send(w, http.StatusOK, page)
}

// redirect redirects with 303, so that reloading the next page does not submit a
// form again. done is the key of the notice that the next page shows, or "".
func redirect(w http.ResponseWriter, r *http.Request, path, done string) error {
	path, fragment, at := strings.Cut(path, "#")
	if done != "" && strings.Contains(path, "?") {
		path += "&done=" + done
	} else if done != "" {
		path += "?done=" + done
	}
	if at {
		path += "#" + fragment
	}
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

// plain sends a text.
func plain(w http.ResponseWriter, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte(text)) // the client may have gone
	return nil
}

// plainProblem says in English what is wrong, with the number of the request, for
// programs and for those who read what a program was told.
func plainProblem(w http.ResponseWriter, status int, text, number string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\nNumber: "+number+"\n") // the client may have gone
}
