package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestPrune checks which backups are deleted: never the one that was just
// written, nor an empty file, which is not a backup.
func TestPrune(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name              string
		days              []int // of the backups that are there
		written, empty, n int
		want              []int
	}{
		{"enough", []int{1, 2, 3}, 3, 0, 3, []int{1, 2, 3}},
		{"one too many", []int{1, 2, 3, 4}, 4, 0, 3, []int{2, 3, 4}},
		{"the clock was ahead before", []int{1, 2, 21, 22}, 2, 0, 3, []int{1, 2, 22}},
		{"and is right since", []int{1, 2, 3, 22}, 3, 0, 3, []int{1, 2, 3}},
		{"the clock is behind now", []int{2, 21, 22, 23}, 2, 0, 3, []int{2, 22, 23}},
		{"an empty file beside them", []int{1, 2, 3}, 3, 4, 2, []int{2, 3, 4}},
		{"what was just written is the oldest", []int{2, 3}, 2, 0, 1, []int{2}},
	} {
		s := series{t.TempDir(), "portico-", ".backup"}
		day := func(n int) string { return s.name(at.AddDate(0, 0, n)) }
		for _, n := range append(c.days, c.empty) {
			content := []byte("backup")
			if n == c.empty {
				content = nil
			}
			if n > 0 {
				if err := os.WriteFile(day(n), content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		var out bytes.Buffer
		if err := prune(&environment{stdout: &out, now: func() time.Time { return at.AddDate(0, 0, c.written) }}, []series{s}, c.n, at.AddDate(0, 0, c.written)); err != nil {
			t.Fatal(err)
		}
		var got, want []string
		entries, err := os.ReadDir(s.dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			got = append(got, entry.Name())
		}
		for _, n := range c.want {
			want = append(want, filepath.Base(day(n)))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", c.name, got, want)
		}
	}
}
