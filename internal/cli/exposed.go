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

// exposed returns the files and directories in a data directory that other
// users may read, write or enter. It skips the keyset, which has stricter rules
// (see seal.Load), and the directory itself, which the callers check.
func exposed(dir, keyset string) ([]string, error) {
	if runtime.GOOS == "windows" {
		return nil, nil // Windows has no such modes
	}
	var found []string
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && path != dir && path != keyset {
			var info fs.FileInfo
			if info, err = os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 { // of a symbolic link, its target
				found = append(found, path)
			}
		}
		switch {
		case errors.Is(err, fs.ErrNotExist): // it was removed in the meantime
			return nil
		case errors.Is(err, fs.ErrPermission) && path != dir: // of another user, as one of root's: its mode was looked at
			return nil
		}
		return err
	})
	if err != nil {
		return found, fmt.Errorf("looking at the files of %s: %w", dir, err)
	}
	return found, nil
}

// someOf joins the first few names and counts the rest.
func someOf(names []string) string {
	const most = 3
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

// keyExposed reports whether everybody may read the private key of a
// certificate or another file with a secret, or other users may change it. Its
// group may read it, because that is how Debian shares such keys.
func keyExposed(file string) bool {
	info, err := os.Stat(file)
	return err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o027 != 0
}

// warnOfExposed logs which files of a serving portal other users may read or
// change.
func (p *Portal) warnOfExposed(tlsKey string, secrets []string) {
	dir := p.cfg.Data.Data
	found, err := exposed(dir, p.cfg.KeysetFile(dir))
	if info, statErr := os.Stat(dir); statErr == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		found = append(found, dir)
	}
	for _, file := range append(secrets, tlsKey) {
		if file != "" && keyExposed(file) {
			found = append(found, file)
		}
	}
	if err != nil {
		p.log.Warn("not all files were looked at", "error", err)
	}
	if len(found) > 0 {
		p.log.Warn("other users can read or change files of the portal: run chmod -R go-rwx on them", "files", someOf(found))
	}
}
