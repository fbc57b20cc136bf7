package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"

	"portico/internal/config"
	"portico/internal/mail"
	"portico/internal/seal"
	"portico/internal/store"
)

// serveSettings are all settings of a portal.
type serveSettings struct {
	config.Config        `embed:""`
	config.Listen        `embed:""`
	config.Transport     `embed:""`
	config.Observability `embed:""`
	config.Stream        `embed:""`
}

// Validate is called by kong. Each part validates itself.
func (c serveSettings) Validate() error {
	_, err := streamServer(c.Stream)
	return errors.Join(c.Config.Validate(), c.Listen.Validate(), c.Transport.Validate(), c.Observability.Validate(), c.Observability.Fits(c.Listen), c.Transport.Fits(c.Listen, c.Config), err)
}

type configCheckCommand struct {
	serveSettings `embed:""`
}

// Run checks what parsing has not checked. It connects to nothing.
func (c configCheckCommand) Run(env *environment) error {
	cfg := c.WithDefaults()
	err := checkHash(cfg)
	if err == nil {
		_, err = newSender(cfg, "", env.now)
	}
	if err == nil && cfg.DatabaseURL() != "" {
		err = store.CheckAddress(cfg.DatabaseURL())
		if flag := "--database"; err != nil {
			if cfg.Database == "" {
				flag = "--database-file"
			}
			err = fmt.Errorf("%s: %w", flag, err)
		}
	}
	if err == nil && c.TLS() {
		_, err = certificateOf(c.TLSCert, c.TLSKey, env.log())
	}
	if err == nil && cfg.DatabaseURL() == "" && !isDirectory(c.Data.Data) { // nodes on PostgreSQL need none
		err = fmt.Errorf("--data: there is no directory %s; make it, for the portal's user, or give the one of the portal", c.Data.Data)
	}
	if err == nil {
		err = c.directoryFits(env)
	}
	if err != nil {
		return usageError{err}
	}
	from := "flags and the environment"
	if c.ConfigFile != "" {
		from = c.ConfigFile + ", flags and the environment"
	}
	env.done("The settings are valid. They come from %s.\n", from)
	place, err := placeOf(c.Data)
	if err == nil && place.URL == "" && place.Vacant() {
		env.done("There is no portal in %s yet: the first start of serve makes one.\n", c.Data.Data)
	}
	return err
}

// directoryFits returns an error if serve could not use the data directory, or the
// keyset that is there or is to be made.
func (c configCheckCommand) directoryFits(env *environment) error {
	place, err := placeOf(c.Data)
	if err != nil {
		return err
	}
	if err := place.CheckDirectory(); err != nil {
		return err
	}
	path := c.KeysetFile(place.Dir)
	keys, err := seal.Load(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err == nil {
		return c.keysetFits(env, place, keys)
	}
	if c.Keyset != "" && !isDirectory(filepath.Dir(path)) {
		return fmt.Errorf("--keyset: there is no directory %s", filepath.Dir(path))
	}
	return c.keysetFits(env, place, nil)
}

// keysetFits returns an error if a keyset, nil if it is missing, is not the one of
// the portal that is there. It connects to no PostgreSQL database: whether a
// keyset fits that is for the doctor.
func (c configCheckCommand) keysetFits(env *environment, place store.Place, keys *seal.Keys) (err error) {
	path := c.KeysetFile(place.Dir)
	if place.URL != "" {
		if _, marked, err := place.NamedKeyset(); err != nil || !marked || keys != nil {
			return err
		}
		return missingKeys(place, path)
	}
	_, db, err := attach(env.ctx, c.Data, env.now)
	if errors.Is(err, store.ErrNoPortal) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() {
		_, left := handOver(place.Dir, place.Files())
		err = errors.Join(err, db.Close(), left)
	}()
	if keys != nil {
		return fits(env.ctx, db, keys, path)
	}
	if used, err := db.Read(env.ctx).AnythingSealed(); err != nil || !used {
		return err
	}
	return missingKeys(place, path)
}

type configShowCommand struct {
	serveSettings `embed:""`
	output        `embed:""`
}

// settingRow is a setting in JSON.
type settingRow struct {
	Setting string `json:"setting"`
	Value   string `json:"value"` // "-" for none
	From    string `json:"from"`
}

// Run prints each setting that serve would use, and where it comes from.
func (c configShowCommand) Run(env *environment, parsed *kong.Context) error {
	onCommandLine, inFile := map[string]bool{}, map[string]bool{}
	for _, path := range parsed.Path {
		if path.Flag != nil {
			onCommandLine[path.Flag.Name], inFile[path.Flag.Name] = !path.Resolved, path.Resolved
		}
	}
	if found, err := os.Stat(c.Data.Data); err != nil || !found.IsDir() {
		say(env.stderr, "Warning: there is no directory %s, so no %s of it was read.\n", c.Data.Data, settingsFileName)
	}
	defaults := c.WithDefaults().Recorded("")
	known := settings(parsed.Model)
	l := c.list(env.stdout, "SETTING", "VALUE", "FROM")
	for _, flag := range parsed.Selected().Flags {
		if known[flag.Name] == nil {
			continue
		}
		value, from := c.shown(flag), "default"
		switch variable := fromEnvironment(flag); {
		case onCommandLine[flag.Name]:
			from = "command line"
		case variable != "":
			from = variable
		case inFile[flag.Name]:
			from = c.ConfigFile
		case value == "" || value == "0":
			value = cmp.Or(defaults[flag.Name], "-")
		}
		l.row(settingRow{flag.Name, value, from}, flag.Name, value, from)
	}
	return l.end()
}

// shown returns the value of a setting without the password of an address.
func (c configShowCommand) shown(flag *kong.Flag) string {
	switch flag.Name {
	case "smtp":
		if c.SMTP == config.NoMailServer {
			return c.SMTP
		}
		return mail.Where(c.SMTP)
	case "database":
		if c.Database == "" {
			return ""
		}
		return store.Place{URL: c.Database}.Where()
	case "database-file":
		return c.DatabaseFile.Path
	case "smtp-file":
		return c.SMTPFile.Path
	}
	if list, is := flag.Target.Interface().([]string); is {
		return strings.Join(list, ",")
	}
	return fmt.Sprint(flag.Target.Interface())
}
