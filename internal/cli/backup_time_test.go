package cli

import (
	"bytes"
	"database/sql" //nolint:depguard // to make the database of an older version
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"portico/internal/config"
)

// TestBackupTime checks that the database knows when a backup was last written,
// and that one which cannot say so is backed up all the same.
func TestBackupTime(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	dir := t.TempDir()
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	cfg := config.Config{Data: config.Data{Data: dir}, BaseURL: "http://localhost", From: "Portico <portico@localhost>", HashMemory: 64, HashTime: 1, HashParallelism: 1}
	p, err := Open(t.Context(), cfg, func() time.Time { return at }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}()
	backups := t.TempDir()
	backup := func(name string) (warned string, err error) {
		var stdout, stderr bytes.Buffer
		env := &environment{ctx: t.Context(), stdout: &stdout, stderr: &stderr, now: func() time.Time { return at }}
		err = backupCommand{Data: cfg.Data, File: filepath.Join(backups, name)}.Run(env)
		return stderr.String(), err
	}
	last := func() time.Time {
		t.Helper()
		got, err := p.DB.Read(t.Context()).LastBackup()
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := last(); !got.IsZero() {
		t.Errorf("before the first backup: got %v, want no time", got)
	}
	if warned, err := backup("one.db"); err != nil || warned != "" || !last().Equal(at) {
		t.Errorf("after a backup: got %v %q and the time %v, want %v", err, warned, last(), at)
	}
	first := at
	at = at.Add(time.Hour)
	if _, err := backup("one.db"); err == nil || !last().Equal(first) {
		t.Errorf("after a backup that failed: got %v and the time %v, want an error and %v", err, last(), first)
	}
	for _, c := range []struct {
		age   time.Duration
		state state
		says  string
	}{
		{48 * time.Hour, fine, "the latest is from 2026-11-23 09:00:00 UTC"},
		{73 * time.Hour, warning, "the latest is 3 days old, from 2026-11-23 09:00:00 UTC"},
	} {
		env := &environment{ctx: t.Context(), now: func() time.Time { return first.Add(c.age) }}
		found := examine(env, cfg, config.Transport{}, config.Stream{}, "")
		if !slices.ContainsFunc(found, func(f finding) bool {
			return f.what == "backup" && f.state == c.state && strings.HasPrefix(f.text, c.says)
		}) {
			t.Errorf("doctor %v after the backup: got %v, want %s with %q", c.age, found, c.state, c.says)
		}
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, "portico.db"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(`DROP TABLE portal_times`)
	if err != nil || db.Close() != nil {
		t.Fatal(err)
	}
	if warned, err := backup("two.db"); err != nil || !strings.Contains(warned, "could not be recorded") {
		t.Errorf("of a database without the table: got %v %q, want a warning", err, warned)
	}
}
