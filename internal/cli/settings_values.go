package cli

import (
	"reflect"

	"github.com/alecthomas/kong"

	"portico/internal/config"
)

// checkValues returns an error if a number that was given, and not taken by
// default, is not what the setting may be, or if a text is empty that may not be.
func checkValues(parsed *kong.Context) error {
	given := map[string]bool{}
	for _, path := range parsed.Path {
		if path.Flag != nil {
			given[path.Flag.Name] = true
		}
	}
	for _, flag := range parsed.Flags() {
		if !given[flag.Name] && fromEnvironment(flag) == "" {
			continue
		}
		var n int64
		switch {
		case notEmpty[flag.Name] != "" && flag.Target.Kind() == reflect.String && flag.Target.Len() == 0:
			otherwise := "leave it out"
			if flag.Required {
				otherwise = ""
			}
			return emptyValue("--"+flag.Name, otherwise, flag.Name)
		case flag.Target.CanInt():
			n = flag.Target.Int()
		case flag.Target.CanUint():
			n = int64(flag.Target.Uint())
		default:
			continue
		}
		if err := config.CheckNumber(flag.Name, n); err != nil {
			return err
		}
	}
	return nil
}
