package portico

import (
	"errors"
	"time"
)

// Code says what kind of thing went wrong. The web maps each to one status.
type Code string

const (
	Invalid         Code = "invalid"         // input that the person can mend
	Conflict        Code = "conflict"        // somebody was faster, or a rule of the whole forbids it
	NotFound        Code = "not found"       // no such thing, or not for this actor to know of
	Forbidden       Code = "forbidden"       // known, but not allowed
	Unauthenticated Code = "unauthenticated" // no session, or one that has ended
	Gone            Code = "gone"            // a link or set-up that was used or has run out
	Busy            Code = "busy"            // try again shortly
	Unavailable     Code = "unavailable"     // the database does not answer; Err says why
	TooMany         Code = "too many"        // too many failures; Wait says for how long
)

// Error is what a person is told. Text is one sentence that says what to do
// next; Fields holds such a sentence for each form field, by its name. Wait is
// how long to wait, with TooMany. Err is the cause, for the log alone.
type Error struct {
	Code   Code
	Text   string
	Fields map[string]string
	Wait   time.Duration
	Err    error
}

// Error returns the text and the cause; it is for logs, people see Text.
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

// E makes an Error with a code and a sentence.
func E(code Code, text string) *Error { return &Error{Code: code, Text: text} }

// FieldError makes an Invalid error about one form field.
func FieldError(field, text string) *Error {
	return &Error{Code: Invalid, Text: text, Fields: map[string]string{field: text}}
}

// CodeOf returns the Code of err, or "" when err is no Error of ours.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// Is reports whether err is an Error with this code.
func (c Code) Is(err error) bool { return err != nil && CodeOf(err) == c }

// problems gathers field errors while something is validated.
type problems map[string]string

func (p problems) add(field, text string) {
	if _, told := p[field]; !told && text != "" {
		p[field] = text
	}
}

// err returns nil when nothing was added. The text names the one problem, or
// how many there are.
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
