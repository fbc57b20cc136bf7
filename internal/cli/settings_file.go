package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"

	"portico/internal/config"
)

// settingsFileName is the name of the settings file in the data directory.
const settingsFileName = "portico.toml"

// settingsFile resolves flags from the settings file, for kong: those that stand
// neither on the command line nor in the environment.
type settingsFile struct {
	loaded bool
	err    error             // why the file cannot be used; kong would tell it as a mistake in one flag
	path   string            // "" if there is no file
	values map[string]string // by the names of the flags
	lines  map[string]int    // where each name stands first
}

// Validate is part of kong.Resolver. load validates the file, because only then
// is it known which it is.
func (f *settingsFile) Validate(*kong.Application) error { return nil }

// Resolve returns the value of a flag in the file, or nil.
func (f *settingsFile) Resolve(c *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if !f.loaded {
		f.loaded = true
		if f.err = f.load(c); f.err != nil {
			f.path = ""
		}
	}
	if f.path == "" || fromEnvironment(flag) != "" || overridden(c, sameAddress[flag.Name]) {
		return nil, nil
	}
	if flag.Name == "config" {
		return f.path, nil
	}
	if value, given := f.values[flag.Name]; given {
		return value, nil
	}
	return nil, nil
}

// sameAddress names the other flag that gives the same address.
var sameAddress = map[string]string{"database": "database-file", "database-file": "database", "smtp": "smtp-file", "smtp-file": "smtp"}

// overridden reports whether a flag stands on the command line or in the
// environment.
func overridden(c *kong.Context, name string) bool {
	for _, path := range c.Path {
		if path.Flag != nil && path.Flag.Name == name {
			return true
		}
	}
	for _, flag := range c.Flags() {
		if flag.Name == name && fromEnvironment(flag) != "" {
			return true
		}
	}
	return false
}

// fromEnvironment returns the environment variable that sets a flag, or "".
func fromEnvironment(flag *kong.Flag) string {
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return name
		}
	}
	return ""
}

// load finds and reads the file: --config, or portico.toml in the data
// directory if there is one. A command without --config has no settings of a
// portal, and reads none.
func (f *settingsFile) load(c *kong.Context) error {
	flags := map[string]*kong.Flag{}
	for _, flag := range c.Flags() {
		flags[flag.Name] = flag
	}
	named, ok := flags["config"]
	if !ok {
		return nil
	}
	path, own := fmt.Sprint(c.FlagValue(named)), false
	if path == "" {
		dir := cmp.Or(os.Getenv("PORTICO_DATA"), config.DefaultData)
		if data, ok := flags["data"]; ok {
			dir = fmt.Sprint(c.FlagValue(data))
		}
		path, own = filepath.Join(dir, settingsFileName), true
	}
	values := map[string]any{}
	text, err := os.ReadFile(path) //nolint:gosec // who runs the program names the file
	if own && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)) {
		if _, err := os.Lstat(path); err == nil { //nolint:gosec // as above
			return fmt.Errorf("reading the settings: %s is a link to a file that does not exist", path)
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the settings: %w", err)
	}
	f.lines = linesOf(string(text))
	if _, err := toml.Decode(string(text), &values); err != nil {
		return f.unreadable(path, string(text), err)
	}
	if _, given := values["data"]; own && given {
		return fmt.Errorf("%s, line %d: data: leave it out, because the file lies in the data directory", path, f.lines["data"])
	}
	f.path = path
	return f.take(values, settings(c.Model))
}

// settingLine is a line that begins a setting or a table.
var settingLine = regexp.MustCompile(`^\s*\[*\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*[=.\]]`)

// nameIn returns the name of the setting that a line begins, or "".
func nameIn(line string) string {
	found := settingLine.FindStringSubmatch(line)
	if found == nil {
		return ""
	}
	return found[1] + found[2] + found[3]
}

// linesOf returns the lines in which names stand first, from 1 on.
func linesOf(text string) map[string]int {
	lines, n := map[string]int{}, 0
	for line := range strings.Lines(text) {
		n++
		if name := nameIn(line); name != "" && lines[name] == 0 {
			lines[name] = n
		}
	}
	return lines
}

// unreadable says why the file is not TOML. The library's sentence may repeat a
// part of a value.
func (f *settingsFile) unreadable(path, text string, err error) error {
	wrong := toml.ParseError{}
	if !errors.As(err, &wrong) {
		return fmt.Errorf("%s cannot be read as TOML", path)
	}
	at := wrong.Position.Line
	if lines := strings.Split(text, "\n"); at >= 1 && at <= len(lines) {
		if name := nameIn(lines[at-1]); name != "" && f.lines[name] < at {
			return fmt.Errorf("%s, line %d: %s is set a second time; the first is in line %d", path, at, name, f.lines[name])
		}
	}
	return fmt.Errorf(`%s, line %d: write each setting as name = "text", name = 5, name = true or name = ["text", "text"]`, path, at)
}

// take checks the content of the file against the settings that there are.
func (f *settingsFile) take(values map[string]any, known map[string]*kong.Flag) error {
	f.values = map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		flag, ok := known[name]
		if !ok {
			return fmt.Errorf("%s, line %d: %s", f.path, f.lines[name], notInFile(name, known))
		}
		text, err := settingText(values[name], flag.Target.Kind())
		if err != nil {
			return fmt.Errorf("%s, line %d: %s: %w", f.path, f.lines[name], name, err)
		}
		f.values[name] = text
	}
	return nil
}

// notInFile says that a name in the file is no setting. The parser of serve knows
// no flag of another command, so that all are looked at.
func notInFile(name string, known map[string]*kong.Flag) string {
	if all, err := newParser(&commands{}, &settingsFile{}, io.Discard, io.Discard); err == nil {
		bare := map[string]string{}
		collectVariables(all.Model.Node, map[string]bool{}, bare)
		for _, flag := range bare {
			if flag == name {
				return fmt.Sprintf("%s is not a setting: --%s is given on the command line alone", name, flag)
			}
		}
	}
	return unknown(name, slices.Collect(maps.Keys(known)))
}

// settingText returns a value of the file as it would be written for a flag of a
// kind. No value is in the error, because it may be a password.
func settingText(value any, kind reflect.Kind) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case bool:
		if kind == reflect.Bool {
			return strconv.FormatBool(v), nil
		}
	case int64:
		if kind != reflect.Bool && kind != reflect.String && kind != reflect.Struct && kind != reflect.Slice {
			return strconv.FormatInt(v, 10), nil
		}
	case []any:
		return listText(v, kind)
	}
	return "", errors.New("give text in quotes, or what the flag takes: a number, or true or false")
}

// listText is settingText for a list.
func listText(list []any, kind reflect.Kind) (string, error) {
	texts := make([]string, 0, len(list))
	for _, one := range list {
		if text, ok := one.(string); ok && kind == reflect.Slice {
			texts = append(texts, text)
		}
	}
	if len(texts) < len(list) || kind != reflect.Slice {
		return "", errors.New("give text in quotes, and a list of texts only where several are allowed")
	}
	return strings.Join(texts, ","), nil
}

// settings returns the flags that are settings of a portal, those of serve, by
// name.
func settings(app *kong.Application) map[string]*kong.Flag {
	known := map[string]*kong.Flag{}
	for _, command := range app.Children {
		if command.Name != "serve" {
			continue
		}
		for _, flag := range command.Flags {
			if flag.Name != "config" {
				known[flag.Name] = flag
			}
		}
	}
	return known
}
