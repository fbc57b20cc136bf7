package config

import (
	"context"
	"fmt"
	"math"
	"net"
	"net/netip"
	"strings"
)

// bounds are what a number may be, by the name of its flag. The most for a
// password hash is in package password, because it depends on the others.
var bounds = map[string]struct {
	least, most int64
	why         string
}{
	"database-connections": {2, math.MaxInt32, ", because a start needs two"},
	"max-connections":      {100, math.MaxInt32, ", because a browser opens several"},
	"proxy-hops":           {1, 10, ""},
	"code-window":          {0, 1, ""},
	"hash-memory":          {8, math.MaxUint32, ""},
	"hash-time":            {1, math.MaxUint32, ""},
	"hash-parallelism":     {1, math.MaxUint8, ""},
	"users":                {0, math.MaxInt32, ""},
}

// CheckNumber returns an error if a number that was given is not what the setting
// may be. In Config, 0 can also stand for a number that was not given.
func CheckNumber(name string, n int64) error {
	b, known := bounds[name]
	if !known || b.least <= n && n <= b.most {
		return nil
	}
	switch {
	case b.most-b.least == 1:
		return fmt.Errorf("--%s: give %d or %d%s", name, b.least, b.most, b.why)
	case b.most < math.MaxUint8:
		return fmt.Errorf("--%s: give %d to %d%s", name, b.least, b.most, b.why)
	case n > b.most:
		return fmt.Errorf("--%s: give %d or less", name, b.most)
	}
	return fmt.Errorf("--%s: give %d or more%s", name, b.least, b.why)
}

// hostAndPort splits the address of a listener, or returns an error that names the
// flag and an example. The port may be 0, for any that is free.
func hostAndPort(flag, address, example string) (host string, err error) {
	host, port, err := net.SplitHostPort(address)
	if err == nil {
		if port == "" {
			port = "none"
		}
		_, err = new(net.Resolver).LookupPort(context.Background(), "tcp", port) // asks no server
	}
	if err == nil && strings.Trim(host, "0123456789.") == "" && host != "" { // no name is made of digits alone
		_, err = netip.ParseAddr(host)
	}
	if err != nil {
		return "", fmt.Errorf("%s %q: give address and port, such as %s", flag, address, example)
	}
	return host, nil
}
