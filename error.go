package portico

import (
	"cmp"
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

// Error is an error that a person sees. Message is one sentence that says what to
// do next. Fields holds such a sentence for each form field, by the field's
// name. Wait says how long to wait if Code is TooMany. Err is the cause, which
// only the log shows.
type Error struct {
	Code    Code
	Message Message
	Fields  map[string]Message
	Wait    time.Duration
	Err     error
}

// Error returns the code, the messages and the cause. It is for logs; people see
// Message in their language.
func (e *Error) Error() string {
	s := string(e.Code) + ": " + e.Message.String()
	for name, message := range e.Fields {
		s += " [" + name + ": " + message.String() + "]"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// E returns an Error with a code and a sentence.
func E(code Code, text Text, values ...any) *Error {
	return &Error{Code: code, Message: Say(text, values...)}
}

// FieldError returns an Invalid error about one form field.
func FieldError(field string, text Text, values ...any) *Error {
	return FieldProblem(field, Say(text, values...))
}

// FieldProblem is FieldError for a message.
func FieldProblem(field string, m Message) *Error {
	return &Error{Code: Invalid, Message: m, Fields: map[string]Message{field: m}}
}

// Together returns one Invalid error about all fields that the errors are about,
// so that a form reports them at once. It returns nil if all errors are nil, and
// the first error that is about no field.
func Together(errs ...error) error {
	all := problems{}
	for _, err := range errs {
		if err == nil {
			continue
		}
		told := ErrorOf(err)
		if told == nil || told.Code != Invalid || len(told.Fields) == 0 {
			return err
		}
		for field, message := range told.Fields {
			all.put(field, message)
		}
	}
	return all.err()
}

// ErrForbidden is returned if the actor's role does not have the permission.
var ErrForbidden = E(Forbidden, "Your role does not allow this.")

// Refusal is a refusal that the audit log records. Err is for the person, and
// Reason for the log.
type Refusal struct {
	Err    *Error
	Reason Message
	Copied string // ID of the passkey that may have been copied; "" for every other reason
}

// Error returns the error for the person with the reason. It is for logs.
func (r *Refusal) Error() string { return r.Err.Error() + " (" + r.Reason.String() + ")" }

// Unwrap returns the error for the person.
func (r *Refusal) Unwrap() error { return r.Err }

// ErrorOf returns the *Error that err wraps, or nil. If errors were joined, each
// of them must wrap one, and the first is returned. An *Error that stands beside
// a failure does not count: the person would read its text, and nobody would
// learn of the failure.
func ErrorOf(err error) *Error {
	switch e := err.(type) { //nolint:errorlint // it walks the tree itself
	case *Error:
		return e
	case interface{ Unwrap() error }:
		return ErrorOf(e.Unwrap())
	case interface{ Unwrap() []error }:
		var first *Error
		for _, part := range e.Unwrap() {
			told := ErrorOf(part)
			if told == nil {
				return nil
			}
			first = cmp.Or(first, told)
		}
		return first
	}
	return nil
}

// CodeOf returns the Code of the error that ErrorOf returns, or "".
func CodeOf(err error) Code {
	if e := ErrorOf(err); e != nil {
		return e.Code
	}
	return ""
}

// Is reports whether CodeOf(err) is this code.
func (c Code) Is(err error) bool { return err != nil && CodeOf(err) == c }

// problems collects field errors during validation.
type problems map[string]Message

func (p problems) add(field string, text Text, values ...any) { p.put(field, Say(text, values...)) }

func (p problems) put(field string, m Message) {
	if _, told := p[field]; !told && m.Text != "" {
		p[field] = m
	}
}

// err returns nil if nothing was added, and an Invalid error otherwise. Its
// text is that of the only problem, or a general sentence if there are several.
func (p problems) err() error {
	switch len(p) {
	case 0:
		return nil
	case 1:
		for _, message := range p {
			return &Error{Code: Invalid, Message: message, Fields: p}
		}
	}
	return &Error{Code: Invalid, Message: Say("Correct the fields that are marked below."), Fields: p}
}
