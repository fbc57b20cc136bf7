package cli

import (
	"runtime/debug"

	"portico/internal/config"
)

type migrateCommand struct {
	config.Config `embed:""`
}

func (c migrateCommand) Run(env *environment) error {
	defer env.line.begin("Updating the database")()
	return during(env, c.Config, toMigrate, func(p *Portal) error {
		schema, err := p.DB.Schema(env.ctx)
		if err != nil {
			return err
		}
		env.done("The database is at version %d.\n", schema.Version)
		return nil
	})
}

type versionCommand struct{}

// version is set by the release build.
var version = "development"

func (versionCommand) Run(env *environment) error {
	say(env.stdout, "%s\n", versionText())
	return nil
}

func versionText() string {
	built := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		built = " " + info.GoVersion
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				built += " " + s.Value
			}
		}
	}
	return "portico " + version + built
}
