package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// exposed lists the files and directories inside a data directory that others
// than their owner may read, write or enter. The keyset has rules of its own
// (see seal.Load), and the directory itself is looked at by itself.
func exposed(dir string) ([]string, error) {
	if runtime.GOOS == "windows" {
		return nil, nil // has no such modes
	}
	var found []string
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && path != dir && path != filepath.Join(dir, keysetFile) {
			var info fs.FileInfo
			if info, err = os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 { // of a link, what it leads to
				found = append(found, path)
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it was there a moment ago
		}
		return err
	})
	if err != nil {
		return found, fmt.Errorf("looking at the files of %s: %w", dir, err)
	}
	return found, nil
}

// someOf joins the first few names.
func someOf(names []string) string {
	const most = 3
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

// keyExposed reports whether everybody may read the private key of a
// certificate, or others may change it. A group may read it: on Debian that is
// how such keys are shared.
func keyExposed(file string) bool {
	info, err := os.Stat(file)
	return err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o027 != 0
}

// warnOfExposed logs what others may read of a portal that serves.
func (p *Portal) warnOfExposed(tlsKey string) {
	dir := p.cfg.Data.Data
	found, err := exposed(dir)
	if info, statErr := os.Stat(dir); statErr == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		found = append(found, dir)
	}
	if tlsKey != "" && keyExposed(tlsKey) {
		found = append(found, tlsKey)
	}
	if err != nil {
		p.log.Warn("not all files were looked at", "error", err)
	}
	if len(found) > 0 {
		p.log.Warn("others may read or change files of the portal: run chmod -R go-rwx on them", "files", someOf(found))
	}
}
