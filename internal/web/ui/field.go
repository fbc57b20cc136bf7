package ui

import "fmt"

// field is one labelled input. Templates build it from pairs of names and
// values.
type field struct {
	Name, Label, Value, Type, Complete, Hint, Max string
	From, Until                                   string // bounds of a date
	Mode                                          string // inputmode
	Placeholder                                   string // what an empty field means
	Pattern                                       string // that a script asks for
	Optional, Focus, Mono                         bool
	Passkeys                                      bool // browsers propose passkeys in it
	Problem                                       *Problem
}

// newField returns a field. It takes the name, the label, the form's Problem,
// and then pairs. It returns an error for unknown names.
func newField(name, label string, p *Problem, pairs ...any) (field, error) {
	f := field{Name: name, Label: label, Type: "text", Max: "100", Problem: p}
	for i := 0; i+1 < len(pairs); i += 2 {
		s, _ := pairs[i+1].(string)
		b, _ := pairs[i+1].(bool)
		switch pairs[i] {
		case "value":
			f.Value = s
		case "type":
			f.Type = s
		case "complete":
			f.Complete = s
		case "hint":
			f.Hint = s
		case "max":
			f.Max = s
		case "from":
			f.From = s
		case "until":
			f.Until = s
		case "mode":
			f.Mode = s
		case "pattern":
			f.Pattern = s
		case "placeholder":
			f.Placeholder = s
		case "optional":
			f.Optional = b
		case "focus":
			f.Focus = b
		case "passkeys":
			f.Passkeys = b
		case "mono":
			f.Mono = b
		default:
			return f, fmt.Errorf("a field has no %v", pairs[i])
		}
	}
	return f, nil
}

// Secret reports whether the field is a password, which a button beside it shows.
func (f field) Secret() bool { return f.Type == "password" }

// Wrong returns the sentence about this field, "" if there is none.
func (f field) Wrong() string { return f.Problem.Field(f.Name) }

// Focused reports whether the page begins in this field: in the first field that
// is wrong, or in the form's own first field if none is.
func (f field) Focused() bool {
	if f.Problem != nil && len(f.Problem.Fields) > 0 {
		return f.Wrong() != ""
	}
	return f.Focus
}

// Beside returns the sentence to show beside this field, as Problem.Beside does.
func (f field) Beside() string { return f.Problem.Beside(f.Name) }

// DescribedBy returns the ID of the sentence about this field, as Problem.DescribedBy does.
func (f field) DescribedBy() string { return f.Problem.DescribedBy(f.Name) }
