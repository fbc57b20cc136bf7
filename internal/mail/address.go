package mail

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// errAddress is returned for the address of a mail server that cannot be read.
// It does not hold the address, which may have a password.
var errAddress = errors.New("the mail server is not written as smtp://host:port or smtps://host:port, with user:password@ before the host if it asks for them. " +
	"In the user name and the password, write every character other than letters and digits in percent-encoding: # as %23, / as %2F, ? as %3F, @ as %40, : as %3A, % as %25")

// parseAddress reads the address of a mail server. The port is 0 if the address
// has none. A path, a query or a fragment is an error: it is the rest of a
// password that was not encoded.
func parseAddress(address string) (u *url.URL, port int, err error) {
	u, err = url.Parse(address)
	if err != nil || strings.Contains(address, "#") || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" ||
		u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery {
		return nil, 0, errAddress
	}
	if u.Port() != "" {
		port, err = strconv.Atoi(u.Port())
		if err != nil || port < 1 || port > 65535 {
			return nil, 0, errAddress
		}
	}
	return u, port, nil
}

// Where returns host, port and user of a mail server, to be shown. It returns ""
// for an address that is empty or cannot be read.
func Where(address string) string {
	u, _, err := parseAddress(address)
	if err != nil {
		return ""
	}
	if user := u.User.Username(); user != "" {
		return Host(address) + " as " + user
	}
	return Host(address)
}

// Host is Where without the user.
func Host(address string) string {
	u, port, err := parseAddress(address)
	if err != nil {
		return ""
	}
	if port != 0 {
		return net.JoinHostPort(u.Hostname(), u.Port())
	}
	return u.Hostname()
}
