package twofactorreset

import (
	"strings"
	"testing"
)

// TestPhrases checks that the words differ, and that each is as likely as any
// other.
func TestPhrases(t *testing.T) {
	seen := map[string]bool{}
	for _, w := range words {
		if seen[w] || len(w) > 8 {
			t.Errorf("got %s, want not seen[w], at most 8 for len(w)", w)
		}
		seen[w] = true
	}
	one, other := newHelpDeskPhrase(), newHelpDeskPhrase()
	if len(words) != 128 || len(strings.Fields(one)) != 3 || one == other {
		t.Errorf("%d words, %q, %q", len(words), one, other)
	}
}
