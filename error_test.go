package portico_test

import (
	"errors"
	"fmt"
	"testing"

	"portico"
)

// TestFailureBesideARefusal checks that a refusal joined with a failure does not
// pass for a refusal: a person would read its text, and nobody the failure.
func TestFailureBesideARefusal(t *testing.T) {
	refused, other, failure := portico.E(portico.Conflict, "Somebody was faster."), portico.E(portico.Gone, "It has ended."), errors.New("disk I/O error")
	for name, c := range map[string]struct {
		err  error
		want portico.Code
	}{
		"nothing":                       {nil, ""},
		"a failure":                     {failure, ""},
		"a refusal":                     {refused, portico.Conflict},
		"a wrapped refusal":             {fmt.Errorf("saving: %w", refused), portico.Conflict},
		"a refusal with a cause":        {&portico.Error{Code: portico.Unavailable, Err: failure}, portico.Unavailable},
		"a refusal alone in a join":     {errors.Join(nil, refused), portico.Conflict},
		"two refusals":                  {errors.Join(refused, other), portico.Conflict},
		"a refusal before a failure":    {errors.Join(refused, failure), ""},
		"a failure before a refusal":    {errors.Join(failure, refused), ""},
		"a failure deeper in a join":    {fmt.Errorf("saving: %w", errors.Join(refused, fmt.Errorf("and: %w", errors.Join(other, failure)))), ""},
		"a refusal and a failure as %w": {fmt.Errorf("%w (%w)", refused, failure), ""},
	} {
		if got := portico.CodeOf(c.err); got != c.want {
			t.Errorf("%s: CodeOf(%v) = %q, want %q", name, c.err, got, c.want)
		}
	}
}
