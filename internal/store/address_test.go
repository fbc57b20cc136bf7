package store

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestToolArgument checks that what everybody on the machine can read
// contains no password, and that pg_dump reaches the database that the portal
// uses, whatever the environment says.
func TestToolArgument(t *testing.T) {
	services := filepath.Join(t.TempDir(), "services")
	if err := os.WriteFile(services, []byte("[portal]\nhost=service.example.com\nuser=servant\ndbname=served\npassword=p@ss\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		"postgres://portico:p%40ss@db.example.com:5433,other.example.com/portal?sslmode=require": "host='db.example.com,other.example.com' port=5433,5432 user='portico' dbname='portal' application_name=portico sslmode='require'",
		"postgres://db/portal?user=portico&password=p%40ss&sslpassword=p%40ss":                   "host='db' port=5432 user='portico' dbname='portal' application_name=portico",
		"postgres://portico:p%40ss@/it%27s?host=/run/postgresql&default_query_exec_mode=exec":    `host='/run/postgresql' port=5432 user='portico' dbname='it\'s' application_name=portico`,
		"postgres:///?service=portal&servicefile=" + services:                                    "host='service.example.com' port=5432 user='servant' dbname='served' application_name=portico service='portal'",
		"postgres://a:p%40ss@db.example.com:1,db.example.com:2/portal":                           "host='db.example.com,db.example.com' port=1,2 user='a' dbname='portal' application_name=portico",
	} {
		got, err := toolArgument(address)
		if err != nil || got != want {
			t.Errorf("%s becomes\n%s, %v, want\n%s", address, got, err, want)
		}
		env, err := toolEnvironment(address)
		if err != nil || !slices.Contains(env, "PGPASSWORD=p@ss") {
			t.Errorf("%s has the environment %q, %v", address, env, err)
		}
	}
	if _, err := toolArgument("postgres://%zz"); err == nil {
		t.Error("an address that is none is read")
	}
	for word, want := range map[string]string{"host=db": "host=db", "host='db'": `'host='\''db'\'''`, "$(a)": "'$(a)'", "": "''"} {
		if got := ShellWord(word); got != want {
			t.Errorf("for a shell, %s is %s, want %s", word, got, want)
		}
	}
}

// TestAddressErrorsHoldNoPassword checks that no error of the driver brings
// the address along.
func TestAddressErrorsHoldNoPassword(t *testing.T) {
	for _, address := range []string{
		"postgres://u:50%SECRET@host/p", "postgres://u:SEC RET@host:x/p", "postgres://host/p?password=SECRET&sslmode=wrong",
		"postgres://u:SECRET@host/p?sslmode=wrong", "postgres://u:SECRET@host/p?connect_timeout=x", "postgres://u:SECRET@host:99999999/p",
		"postgres://u:SECRET@host/p?service=none&servicefile=/nowhere", "postgres://u:SE`: CRET@host/p?sslmode=wrong", "host=x password=SECRET port=x",
		"postgres://u:SECRET@host/p?target_session_attrs=SO",
	} {
		_, err := parseAddress(address)
		if err == nil {
			t.Errorf("%s is read", address)
		} else if strings.Contains(fmt.Sprintf("%v %+v", err, err), "SEC") || strings.Contains(err.Error(), "RET") {
			t.Errorf(`%s: %v, want no "SEC" in fmt.Sprintf("%%v %%+v", err, err), no "RET" in err.Error()`, address, err)
		}
	}
	db := &DB{place: Place{URL: "postgres://portico:SECRET@db.example.com:5433,[::1]/portal?sslpassword=SECRET"}}
	if got, want := db.Where(), "portal of db.example.com:5433,[::1]:5432 as portico"; got != want {
		t.Errorf("the database is shown as %q, want %q", got, want)
	}
}
