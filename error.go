package portico

import (
	"errors"
	"time"
)

// Code says what kind of thing went wrong. Package web maps each code to one
// HTTP status.
type Code string

const (
	Invalid         Code = "invalid"         // input that the person can correct
	Conflict        Code = "conflict"        // somebody else was faster, or a rule forbids it in the present state
	NotFound        Code = "not found"       // it does not exist, or the actor may not know about it
	Forbidden       Code = "forbidden"       // the actor may know about it, but is not allowed to do this
	Unauthenticated Code = "unauthenticated" // there is no session, or it has ended
	Gone            Code = "gone"            // a link or set-up that was used or has expired
	Busy            Code = "busy"            // try again shortly
	Unavailable     Code = "unavailable"     // the database does not answer; Err says why
	TooMany         Code = "too many"        // too many failures; Wait says how long to wait
)

// Error is an error that a person sees. Text is one sentence that says what to
// do next. Fields holds such a sentence for each form field, by the field's
// name. Wait says how long to wait if Code is TooMany. Err is the cause, which
// only the log shows.
type Error struct {
	Code   Code
	Text   string
	Fields map[string]string
	Wait   time.Duration
	Err    error
}

// Error returns the code, the texts and the cause. It is for logs; people see
// Text.
func (e *Error) Error() string {
	s := string(e.Code) + ": " + e.Text
	for name, text := range e.Fields {
		s += " [" + name + ": " + text + "]"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// E returns an Error with a code and a sentence.
func E(code Code, text string) *Error { return &Error{Code: code, Text: text} }

// FieldError returns an Invalid error about one form field.
func FieldError(field, text string) *Error {
	return &Error{Code: Invalid, Text: text, Fields: map[string]string{field: text}}
}

// ErrForbidden is returned if the actor's role does not have the permission.
var ErrForbidden = E(Forbidden, "Your role does not allow this.")

// CodeOf returns the Code of err, or "" if err does not wrap an *Error.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// Is reports whether err wraps an *Error with this code.
func (c Code) Is(err error) bool { return err != nil && CodeOf(err) == c }

// problems collects field errors during validation.
type problems map[string]string

func (p problems) add(field, text string) {
	if _, told := p[field]; !told && text != "" {
		p[field] = text
	}
}

// err returns nil if nothing was added, and an Invalid error otherwise. Its
// text is that of the only problem, or a general sentence if there are several.
func (p problems) err() error {
	switch len(p) {
	case 0:
		return nil
	case 1:
		for _, text := range p {
			return &Error{Code: Invalid, Text: text, Fields: p}
		}
	}
	return &Error{Code: Invalid, Text: "Please correct the fields marked below.", Fields: p}
}
