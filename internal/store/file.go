package store

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"time"
)

// NewFile creates a file that only its owner can read. Either the whole file
// exists and is on the disk, or no file does. It never replaces an existing
// file. write fills the empty file whose path it gets.
func NewFile(path string, write func(temp string) error) (err error) {
	if err := Free(path); err != nil {
		return err
	}
	temp := filepath.Join(filepath.Dir(path), unfinishedPrefix+rand.Text())
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("making %s: %w", path, unmade(path, err))
	}
	defer func() {
		for _, name := range append([]string{temp}, besides(temp)...) {
			if gone := os.Remove(name); gone != nil && !errors.Is(gone, fs.ErrNotExist) { // moved into place
				err = errors.Join(err, gone)
			}
		}
	}()
	if err := f.Close(); err != nil {
		return fmt.Errorf("making the file: %w", err)
	}
	if err := write(temp); err != nil {
		return err
	}
	return settleFile(temp, path)
}

// unmade returns why a file could not be made, without the name that it has while it
// is not finished.
func unmade(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no directory %s", filepath.Dir(path))
	}
	if inner := (*fs.PathError)(nil); errors.As(err, &inner) {
		return inner.Err
	}
	return err
}

// unfinishedPrefix begins the name of a file that is not finished yet.
const unfinishedPrefix = ".portico-"

// unfinished are the names that NewFile gives to files that are not finished,
// and SQLite to those beside them.
var unfinished = regexp.MustCompile(`^\.portico-[A-Z2-7]{26}(-wal|-shm|-journal)?$`)

// RemoveUnfinished removes what NewFile has left in a directory when its program
// was killed: files that nobody has written to for a day.
func RemoveUnfinished(dir string, now time.Time) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("looking for unfinished files: %w", err)
	}
	for _, entry := range entries {
		if !unfinished.MatchString(entry.Name()) || !entry.Type().IsRegular() {
			continue
		}
		info, err := entry.Info()
		if err == nil && now.Sub(info.ModTime()) > 24*time.Hour {
			err = os.Remove(filepath.Join(dir, entry.Name()))
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing an unfinished file: %w", err)
		}
	}
	return nil
}

// Free returns an error if a file with this name exists.
func Free(path string) error {
	switch _, err := os.Lstat(path); {
	case err == nil:
		return fmt.Errorf("%s is there already, and nothing is overwritten: choose another name", path)
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("looking at the file: %w", err)
	}
	return nil
}

// settleFile moves a finished file to its name, unless that name was taken
// meanwhile, and makes sure that both survive a power failure. A hard link
// would be simpler, but not every file system that holds backups has them.
func settleFile(temp, path string) error {
	if err := syncPath(temp); err != nil {
		return err
	}
	taken, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return Free(path)
	}
	if err != nil {
		return fmt.Errorf("making the file: %w", err)
	}
	err = errors.Join(taken.Close(), os.Rename(temp, path))
	if err != nil {
		return errors.Join(fmt.Errorf("moving the file into place: %w", err), os.Remove(path))
	}
	if runtime.GOOS == "windows" {
		return nil // Windows cannot sync a directory, and journals names by itself
	}
	return syncPath(filepath.Dir(path))
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err == nil {
		err = errors.Join(f.Sync(), f.Close())
	}
	if err != nil {
		return fmt.Errorf("writing to the disk: %w", err)
	}
	return nil
}

// Files returns the paths of the files that a database makes in the data
// directory. Not all of them are there.
func (p Place) Files() []string {
	var paths []string
	for _, name := range append([]string{markerFile, openLock, migrationLock, fileName}, besides(fileName)...) {
		paths = append(paths, filepath.Join(p.Dir, name))
	}
	return paths
}

// besides returns the names of the files that SQLite keeps beside a database.
func besides(path string) []string { return []string{path + "-wal", path + "-shm", path + "-journal"} }
