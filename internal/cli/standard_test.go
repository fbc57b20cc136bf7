package cli

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"testing"
	"time"

	"portico/internal/config"
)

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

// TestBackupToStandardOutput checks that a backup counts as written only once
// standard output has taken all of it.
func TestBackupToStandardOutput(t *testing.T) {
	if testing.Short() {
		return // long
	}
	t.Parallel()
	cfg := config.Config{Data: config.Data{Data: t.TempDir()}, BaseURL: "http://localhost", From: "Portico <portico@localhost>", HashMemory: 64, HashTime: 1, HashParallelism: 1}
	p, err := Open(t.Context(), cfg, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}()
	backup := func(to io.Writer) (counts bool, err error) {
		env := &environment{ctx: t.Context(), stdout: io.Discard, stderr: io.Discard, file: to, now: time.Now}
		err = backupCommand{Data: cfg.Data, File: standard}.Run(env)
		last, readErr := p.DB.Read(t.Context()).LastBackup()
		if readErr != nil {
			t.Fatal(readErr)
		}
		return !last.IsZero(), err
	}
	if counts, err := backup(brokenPipe{}); err == nil || counts {
		t.Errorf("backup to a broken pipe: got %v, counted %v; want an error, and not counted", err, counts)
	}
	var b bytes.Buffer
	if counts, err := backup(&b); err != nil || !counts || !bytes.HasPrefix(b.Bytes(), []byte("SQLite format 3")) {
		t.Errorf("backup to a pipe: got %v, counted %v and %d bytes; want a database that counts", err, counts, b.Len())
	}
}
