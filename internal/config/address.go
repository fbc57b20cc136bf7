package config

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"
)

// SecretFile is a setting that is read from a file, so that it stands neither
// in the arguments of the program nor in its environment.
type SecretFile struct {
	Path string
	text string
}

// UnmarshalText reads the file that the text names. The file has one line. Its
// content is in no error.
func (f *SecretFile) UnmarshalText(path []byte) error {
	if len(path) == 0 {
		return errors.New("it names no file: without this setting, leave it out")
	}
	b, err := os.ReadFile(string(path))
	if err != nil {
		return fmt.Errorf("reading the file: %w", err)
	}
	f.Path, f.text = string(path), strings.TrimRight(strings.TrimPrefix(string(b), "\ufeff"), "\r\n") // some editors put a mark of the byte order first
	if f.text == "" || strings.ContainsAny(f.text, "\r\n") {
		return fmt.Errorf("%s: the file has to have one line, the address", path)
	}
	return nil
}

// DatabaseURL returns the address of the PostgreSQL database, from the flag or
// the file; "" for SQLite.
func (d Data) DatabaseURL() string { return d.Database + d.DatabaseFile.text }

// NoMailServer is the SMTP of somebody who means mails to become files, rather
// than having lost the setting.
const NoMailServer = "none"

// MailServer returns the address of the mail server, from the flag or the file;
// "" if there is none.
func (c Config) MailServer() string {
	if c.SMTP == NoMailServer {
		return ""
	}
	return c.SMTP + c.SMTPFile.text
}

// SecretFiles returns the paths of the files that secrets were read from, or may
// have been.
func (c Config) SecretFiles() []string {
	var paths []string
	if strings.Contains(c.Database+c.SMTP, "@") && c.ConfigFile != "" {
		paths = append(paths, c.ConfigFile)
	}
	for _, path := range []string{c.DatabaseFile.Path, c.SMTPFile.Path} {
		if path != "" {
			paths = append(paths, path)
		}
	}
	return paths
}

// Validate returns an error if the address of the database is given twice or
// cannot be read. No part of the address is in the error.
func (d Data) Validate() error {
	if d.Database != "" && d.DatabaseFile.Path != "" {
		return errors.New("give --database or --database-file, not both")
	}
	flag := "--database"
	if d.DatabaseFile.Path != "" {
		flag = "--database-file " + d.DatabaseFile.Path
	}
	address := d.DatabaseURL()
	if address == "" {
		return nil
	}
	if !strings.HasPrefix(address, "postgres://") && !strings.HasPrefix(address, "postgresql://") {
		return fmt.Errorf("%s: give an address that begins with postgres://", flag)
	}
	if !unambiguous(address) {
		return fmt.Errorf("%s: the address cannot be read. In the user name and the password, write every character "+
			"other than letters and digits in percent-encoding: # as %%23, / as %%2F, ? as %%3F, @ as %%40, : as %%3A, %% as %%25; or give the password in PGPASSWORD", flag)
	}
	return nil
}

// parameter is the name of a setting in the query of an address.
var parameter = regexp.MustCompile(`^[a-z][a-z0-9_.]*$`)

// unambiguous reports whether an address of a database has no character that
// ends its user name and password too early. The driver would take the rest of
// the password as the port, the name of the database or a setting, and print it.
func unambiguous(address string) bool {
	_, rest, _ := strings.Cut(address, "://")
	place, query, _ := strings.Cut(rest, "?")
	hosts, name, _ := strings.Cut(place, "/")
	if strings.Contains(address, "#") || strings.ContainsAny(name, "@/:") {
		return false
	}
	for setting := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(setting, "=")
		if setting != "" && !parameter.MatchString(key) || strings.Contains(value, "@") && key != "user" && key != "password" {
			return false
		}
		if _, err := url.QueryUnescape(value); err != nil {
			return false
		}
	}
	login := hosts[:strings.LastIndex(hosts, "@")+1]
	_, err := url.PathUnescape(login)
	return err == nil && strings.Count(login, "@") <= 1
}
