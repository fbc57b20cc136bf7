package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"portico"
	"portico/internal/locale"
	"portico/internal/web/ui"
)

// Codes of HTTP errors. No service returns them.
const (
	tooLarge         portico.Code = "too large"
	methodNotAllowed portico.Code = "method not allowed"
	mediaTypeWrong   portico.Code = "media type"
)

var (
	errCrossSite  = portico.E(portico.Forbidden, "This request came from another site. Open the portal and try again there.")
	errMediaType  = portico.E(mediaTypeWrong, "The portal only accepts forms from its own pages.")
	errMethod     = portico.E(methodNotAllowed, "This address is not a page. Start from the page that led here.")
	errNoPage     = portico.E(portico.NotFound, "There is no page at this address, or you are not allowed to see it.")
	errStartAgain = portico.E(portico.Unauthenticated, "Enter your login ID and password first.")
)

// answers maps an error code to the HTTP status and the title of its page.
var answers = map[portico.Code]struct {
	status int
	title  portico.Text
}{
	portico.Invalid:     {http.StatusUnprocessableEntity, "This could not be accepted"},
	portico.Conflict:    {http.StatusConflict, "This is not possible now"},
	portico.NotFound:    {http.StatusNotFound, "Page not found"},
	portico.Forbidden:   {http.StatusForbidden, "Not allowed"},
	portico.Gone:        {http.StatusGone, "No longer valid"},
	portico.Busy:        {http.StatusServiceUnavailable, "One moment, please"},
	portico.Unavailable: {http.StatusServiceUnavailable, "One moment, please"},
	portico.TooMany:     {http.StatusTooManyRequests, "Too many attempts"},
	tooLarge:            {http.StatusRequestEntityTooLarge, "Too large"},
	methodNotAllowed:    {http.StatusMethodNotAllowed, "Not a page"},
	clearText:           {http.StatusForbidden, "Another address"},
	mediaTypeWrong:      {http.StatusUnsupportedMediaType, "This could not be read"},
}

// fail renders an error that a handler returned. It logs the cause of an
// internal error; the person sees only the sentence of a portico.Error.
// Unauthenticated requests are redirected to the login page.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if portico.Unauthenticated.Is(err) {
		s.toLogin(w, r)
		return
	}
	status, title := http.StatusInternalServerError, portico.Text("Something went wrong")
	text := portico.Say("Something went wrong on our side. Try again. If it happens again, tell your administrator the number below.")
	told := portico.ErrorOf(err)
	if told == nil && errors.Is(err, context.DeadlineExceeded) {
		told = &portico.Error{Code: portico.Busy, Message: portico.Say("The portal is very busy at the moment. Try again in a few seconds.")}
	}
	if told != nil {
		if a, known := answers[told.Code]; known {
			status, title, text = a.status, a.title, told.Message
		}
	}
	switch {
	case status == http.StatusInternalServerError:
		s.Log.Error("request failed", "id", visited(r).id, "error", err)
	case portico.Unavailable.Is(err): // without the request's number, so that the log can leave out what repeats
		s.Log.Error("the database is unavailable", "error", err)
	}
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	retryAfter(w, told)
	if r.URL.Path == "/readyz" { // asked by programs, which have no page to show
		plainProblem(w, status, locale.English.Say(text), visited(r).id)
		return
	}
	page := ui.MessagePage{
		Layout: s.layout(r, title, ""), Text: s.language(r).Say(text), RequestID: visited(r).id,
		LinkText: s.text(r, "Go to the start page"), LinkURL: "/",
	}
	if page.Person == nil {
		page.LinkText, page.LinkURL = s.text(r, "Go to the log-in page"), "/login"
	}
	if clearText.Is(err) {
		page.LinkText, page.LinkURL = s.text(r, "Open {0}", s.BaseURL.String()), s.BaseURL.String()
	}
	if err := s.send(w, status, page); err != nil {
		s.Log.Error("sending the error page", "id", visited(r).id, "error", err)
	}
}

// retryAfter sets the Retry-After header to the time that told asks to wait, in
// seconds, rounded up.
func retryAfter(w http.ResponseWriter, told *portico.Error) {
	if told != nil && told.Wait > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(int64((told.Wait+time.Second-1)/time.Second), 10))
	}
}

// toLogin redirects a person without a session to the login page. If the
// request was a GET, the login page leads back to its address, and from a later
// page of the log-in to where that would have led.
func (s *Server) toLogin(w http.ResponseWriter, r *http.Request) {
	next := localPath(r.URL.RequestURI())
	switch {
	case strings.HasPrefix(r.URL.Path, "/login/"):
		next = askedNext(r)
	case r.Method != http.MethodGet, next == "/":
		next = ""
	}
	http.Redirect(w, r, leadingTo("/login", next), http.StatusSeeOther)
}

// unmatched answers requests that match no route: 405 with an Allow header if
// the address has routes for other methods, otherwise 404.
func (s *Server) unmatched(w http.ResponseWriter, r *http.Request, standard http.Handler) {
	rec := &recorder{header: http.Header{}}
	standard.ServeHTTP(rec, r)
	if rec.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", rec.header.Get("Allow"))
		s.failOutside(w, r, errMethod)
		return
	}
	s.failOutside(w, r, errNoPage)
}

// failOutside renders the error of a request that reaches no route and so no guard. A
// logged-in person sees it in the portal's own layout and in their language.
func (s *Server) failOutside(w http.ResponseWriter, r *http.Request, told error) {
	ses, err := s.Auth.Authenticate(r.Context(), s.authVisit(r))
	if err != nil && !portico.Unauthenticated.Is(err) {
		s.fail(w, r, err)
		return
	}
	visited(r).session = ses
	s.fail(w, r, told)
}

// recorder keeps the status that the standard library would have sent.
type recorder struct {
	header http.Header
	status int
}

func (rec *recorder) Header() http.Header         { return rec.header }
func (rec *recorder) WriteHeader(status int)      { rec.status = status }
func (rec *recorder) Write(b []byte) (int, error) { return len(b), nil }
