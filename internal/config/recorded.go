package config

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
)

// The settings that serve uses if neither it nor an earlier start was given
// others.
const (
	defaultFrom                   = "Portico <portico@localhost>"
	defaultHashMemory      uint32 = 19456
	defaultHashTime        uint32 = 2
	defaultHashParallelism uint8  = 1
)

// WithDefaults returns the settings with the default of each that was not
// given, but for the base URL.
func (c Config) WithDefaults() Config {
	c.From = cmp.Or(c.From, defaultFrom)
	c.HashMemory = cmp.Or(c.HashMemory, defaultHashMemory)
	c.HashTime = cmp.Or(c.HashTime, defaultHashTime)
	c.HashParallelism = cmp.Or(c.HashParallelism, defaultHashParallelism)
	return c
}

// Recorded returns the settings that serve records in the database, by the names
// of their flags: what other commands do depends on them. mailServer is the host
// of the mail server, which is recorded without a password. An empty value
// stands for a setting that was not given.
func (c Config) Recorded(mailServer string) map[string]string {
	number := func(n uint64) string {
		if n == 0 {
			return ""
		}
		return strconv.FormatUint(n, 10)
	}
	return map[string]string{
		"base-url": c.URL().String(), "mail-from": c.From, "smtp": mailServer,
		"hash-memory": number(uint64(c.HashMemory)), "hash-time": number(uint64(c.HashTime)), "hash-parallelism": number(uint64(c.HashParallelism)),
	}
}

// TakeRecorded returns the settings with those that serve has recorded in place
// of those that were not given. It returns an error that names both values if
// another one was given. mailServer is the host of the mail server that was
// given, or NoMailServer.
func (c Config) TakeRecorded(recorded map[string]string, mailServer string) (Config, error) {
	given := c.Recorded(mailServer)
	names := make([]string, 0, len(given))
	for name := range given {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		value, known := recorded[name]
		if known && given[name] != "" && given[name] != cmp.Or(value, NoMailServer) {
			return c, fmt.Errorf("--%s %s was given, and portico serve runs this portal with %s: leave it out, or start serve with it", name, given[name], cmp.Or(value, NoMailServer))
		}
	}
	c.BaseURL, c.From = cmp.Or(c.BaseURL, recorded["base-url"]), cmp.Or(c.From, recorded["mail-from"])
	for name, bits := range map[string]int{"hash-memory": 32, "hash-time": 32, "hash-parallelism": 8} {
		if recorded[name] == "" {
			continue
		}
		n, err := strconv.ParseUint(recorded[name], 10, bits)
		if err != nil {
			return c, fmt.Errorf("reading the recorded setting --%s: %w", name, err)
		}
		switch name {
		case "hash-memory":
			c.HashMemory = uint32(n)
		case "hash-time":
			c.HashTime = uint32(n)
		case "hash-parallelism":
			c.HashParallelism = uint8(n)
		}
	}
	return c, nil
}
