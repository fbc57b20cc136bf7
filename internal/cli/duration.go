package cli

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"time"

	"github.com/alecthomas/kong"
)

// inDays is a duration that begins with days, which Go does not know.
var inDays = regexp.MustCompile(`^(\d{1,5})d(.*)$`)

var errDuration = errors.New("give a time such as 30s, 15m, 24h or 7d")

// parseDuration reads a duration, also one in days of 24 hours.
func parseDuration(text string) (time.Duration, error) {
	var days time.Duration
	if found := inDays.FindStringSubmatch(text); found != nil {
		n, err := strconv.Atoi(found[1])
		if err != nil {
			return 0, errDuration
		}
		if days, text = time.Duration(n)*24*time.Hour, found[2]; text == "" {
			return days, nil
		}
	}
	rest, err := time.ParseDuration(text)
	if err != nil || days > 0 && rest < 0 {
		return 0, errDuration
	}
	return days + rest, nil
}

// readDurations reads the flags that are durations, for kong.
var readDurations = kong.TypeMapper(reflect.TypeFor[time.Duration](), kong.MapperFunc(func(c *kong.DecodeContext, target reflect.Value) error {
	var text string
	if err := c.Scan.PopValueInto("duration", &text); err != nil {
		return fmt.Errorf("reading a duration: %w", err)
	}
	d, err := parseDuration(text)
	if err == nil {
		target.Set(reflect.ValueOf(d))
	}
	return err
}))
