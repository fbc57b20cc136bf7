package store

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// parseAddress reads the address of a PostgreSQL database, with what libpq's
// environment variables, password file and service file add to it. Its errors
// do not hold the address, because the driver hides passwords only where it
// recognises them.
func parseAddress(address string) (*pgx.ConnConfig, error) {
	c, err := pgx.ParseConfig(address)
	if err != nil {
		var wrong *pgconn.ParseConfigError
		reason := "look at its user name and password, in which every character other than letters and digits has to be written in percent-encoding"
		// The driver's own sentence follows the address. If the address is none at
		// all, the sentence repeats a part of it.
		if _, urlErr := url.Parse(address); urlErr == nil && errors.As(err, &wrong) {
			said := err.Error()
			reason = said[strings.LastIndex(said, "`")+1:]
			reason = strings.TrimPrefix(reason, ": ")
		}
		return nil, fmt.Errorf("reading the address of the database: %s", reason)
	}
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = 5 * time.Second
	}
	c.RuntimeParams["client_encoding"] = "UTF8" // whatever the role or the database has as default
	if _, given := c.RuntimeParams["application_name"]; !given {
		c.RuntimeParams["application_name"] = "portico"
	}
	// A standby may not know yet that a session has ended, so it must not be
	// used, not even while it is being promoted.
	if c.ValidateConnect == nil {
		c.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	return c, nil
}

// CheckAddress returns an error if the address of a PostgreSQL database cannot be
// read. It connects to nothing.
func CheckAddress(address string) error {
	_, err := parseAddress(address)
	return err
}

// servers returns the hosts of a configuration and their ports. The driver
// lists a host once more for each TLS setting that it tries.
func servers(c *pgx.ConnConfig) (hosts, ports []string) {
	hosts, ports = []string{c.Host}, []string{strconv.Itoa(int(c.Port))}
	for _, f := range c.Fallbacks {
		port := strconv.Itoa(int(f.Port))
		if f.Host == hosts[len(hosts)-1] && port == ports[len(ports)-1] {
			continue
		}
		hosts, ports = append(hosts, f.Host), append(ports, port)
	}
	return hosts, ports
}

// Where says where the database is, without any password: host, port, user and
// name as the driver has read them, or the file.
func (db *DB) Where() string { return db.place.Where() }

// Where is DB.Where for a database that is not open. It is "" if the address
// cannot be read.
func (p Place) Where() string {
	if p.URL == "" {
		return filepath.Join(p.Dir, fileName)
	}
	c, err := parseAddress(p.URL)
	if err != nil {
		return ""
	}
	hosts, ports := servers(c)
	for i := range hosts {
		hosts[i] = net.JoinHostPort(hosts[i], ports[i])
	}
	return fmt.Sprintf("%s of %s as %s", c.Database, strings.Join(hosts, ","), c.User)
}

// toolSettings are the parameters of an address that libpq's programs have to
// know too. None of them is a secret.
var toolSettings = []string{"sslmode", "sslrootcert", "sslcert", "sslkey", "sslnegotiation", "sslsni", "channel_binding", "service"}

// toolArgument returns an address as the connection string for libpq's
// programs, without the password, which toolEnvironment returns: everybody on
// the machine can read command lines.
func toolArgument(address string) (string, error) {
	c, err := parseAddress(address)
	if err != nil {
		return "", err
	}
	hosts, ports := servers(c)
	settings := []string{
		"host=" + conninfo(strings.Join(hosts, ",")), "port=" + strings.Join(ports, ","),
		"user=" + conninfo(c.User), "dbname=" + conninfo(c.Database), "application_name=portico",
	}
	_, parameters, _ := strings.Cut(address, "?") // url.Parse does not accept several hosts
	query, err := url.ParseQuery(parameters)
	if err != nil {
		return "", errors.New("reading the address of the database: its parameters are not written as an address writes them")
	}
	for _, name := range toolSettings {
		if value := query.Get(name); value != "" {
			settings = append(settings, name+"="+conninfo(value))
		}
	}
	return strings.Join(settings, " "), nil
}

// conninfo quotes a value of a connection string.
func conninfo(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// toolEnvironment returns what an address says to libpq's programs only by
// environment variables: the password, and the file of services.
func toolEnvironment(address string) (env []string, err error) {
	c, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	if c.Password != "" {
		env = append(env, "PGPASSWORD="+c.Password)
	}
	_, parameters, _ := strings.Cut(address, "?")
	if query, err := url.ParseQuery(parameters); err == nil && query.Get("servicefile") != "" { // toolArgument returns the error
		env = append(env, "PGSERVICEFILE="+query.Get("servicefile"))
	}
	return env, nil
}

// ShellWord quotes a word for a shell.
func ShellWord(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=,@", r)
	}
	if s != "" && !slices.ContainsFunc([]rune(s), func(r rune) bool { return !plain(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
