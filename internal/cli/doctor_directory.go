package cli

import (
	"errors"
	"os"
	"runtime"
	"time"
)

const (
	littleSpace = 1 << 30
	noSpace     = 100 << 20
	clockOff    = 2 * time.Second
)

// directory checks the data directory: who may read it, how much space is left,
// whether it can be written, and whether its file system has the same time as
// this machine.
func (c *checkup) directory() {
	info, err := os.Stat(c.dir)
	if err != nil {
		c.say(problem, "data directory", "%v: give its place with --data", err)
		return
	}
	switch {
	case !info.IsDir():
		c.say(problem, "data directory", "%s is not a directory", c.dir)
		return
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		c.say(warning, "data directory", "other users can read %s: run chmod 700 on it", c.dir)
	default:
		c.say(fine, "data directory", "only its owner can read %s", c.dir)
	}
	switch found, err := exposed(c.dir, c.cfg.KeysetFile(c.dir)); {
	case err != nil:
		c.say(warning, "files", "%v", err)
	case len(found) > 0:
		c.say(warning, "files", "other users can read or change %s: run chmod -R go-rwx %s", someOf(found), c.dir)
	}
	for _, file := range c.cfg.SecretFiles() {
		if keyExposed(file) {
			c.say(problem, "files", "other users can read or change %s, which holds a password: run chmod 600 on it", file)
		}
	}
	if room, ok := freeSpace(c.dir); ok {
		switch {
		case room < noSpace:
			c.say(problem, "space", "only %s is left on the disk of %s: make room before writing fails", size(room), c.dir)
		case room < littleSpace:
			c.say(warning, "space", "only %s is left on the disk of %s", size(room), c.dir)
		default:
			c.say(fine, "space", "%s is left on the disk", size(room))
		}
	}
	f, err := os.CreateTemp(c.dir, ".doctor-")
	if err != nil {
		c.say(problem, "data directory", "nothing can be written into it: %v", err)
		return
	}
	written, err := f.Stat()
	now := c.env.now()
	if err = errors.Join(err, f.Close(), os.Remove(f.Name())); err != nil {
		c.say(problem, "data directory", "writing into it: %v", err)
	} else if off := written.ModTime().Sub(now); off.Abs() > clockOff {
		c.say(warning, "clock", "the disk of %s is %v off this machine: set both by NTP", c.dir, off.Round(time.Second))
	}
}
