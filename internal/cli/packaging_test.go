package cli

import (
	"bytes"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// packaged returns a file of packaging.
func packaged(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("../../packaging/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestPackagesLetItStop checks that whatever starts the program waits longer for
// its end than the program does for its requests.
func TestPackagesLetItStop(t *testing.T) {
	t.Parallel()
	for file, pattern := range map[string]string{
		"portico.service": `(?m)^TimeoutStopSec=(\d+)$`,
		"compose.yaml":    `(?m)^    stop_grace_period: (\d+)s\b`,

		"kubernetes/portico.yaml": `(?m)^      terminationGracePeriodSeconds: (\d+)\b`,
	} {
		found := regexp.MustCompile(pattern).FindStringSubmatch(packaged(t, file))
		if found == nil {
			t.Errorf("%s does not say how long it waits for the program to stop", file)
			continue
		}
		if waits, err := time.ParseDuration(found[1] + "s"); err != nil || waits < stopTimeout+5*time.Second {
			t.Errorf("%s waits %v, and requests in progress alone may take %v", file, waits, stopTimeout)
		}
	}
}

// TestKubernetesNamesSettings checks that the variables in the manifests are
// settings of serve, which would otherwise refuse to start.
func TestKubernetesNamesSettings(t *testing.T) {
	t.Parallel()
	var help bytes.Buffer
	if code := Run(t.Context(), []string{"serve", "--help"}, strings.NewReader(""), &help, io.Discard); code != exitOK {
		t.Fatalf("portico serve --help exits with %d", code)
	}
	names := regexp.MustCompile(`(?m)^  (PORTICO_[A-Z_]+):`).FindAllStringSubmatch(packaged(t, "kubernetes/portico.yaml"), -1)
	if len(names) < 8 {
		t.Errorf("found %d variables in the manifests, want at least 8", len(names))
	}
	for _, name := range names {
		if !regexp.MustCompile(`\$` + name[1] + `\b`).MatchString(help.String()) {
			t.Errorf("%s is no setting of serve", name[1])
		}
	}
}

// TestImageHasItsVersion checks that the version that an image is built with is
// that of the program and that of the label.
func TestImageHasItsVersion(t *testing.T) {
	t.Parallel()
	stages := strings.Split(packaged(t, "Containerfile"), "\nFROM ")
	for i, uses := range []string{"portico/internal/cli.version=$VERSION", `org.opencontainers.image.version="$VERSION"`} {
		stage := stages[len(stages)-2+i]
		declared, used := strings.Index(stage, "\nARG VERSION"), strings.Index(stage, uses)
		if declared < 0 || used < declared {
			t.Errorf("stage %d of the Containerfile: ARG VERSION stands at %d and %s at %d, want the argument before its use", i+1, declared, uses, used)
		}
	}
}

// TestPort443 checks that the supplement for port 443 grants the one capability
// that the unit takes away, where it counts.
func TestPort443(t *testing.T) {
	t.Parallel()
	unit, more := packaged(t, "portico.service"), packaged(t, "port-443.conf")
	for _, taken := range []string{"CapabilityBoundingSet=", "AmbientCapabilities=", "PrivateUsers=yes"} {
		if !strings.Contains(unit, "\n"+taken+"\n") {
			t.Errorf("the unit does not say %s", taken)
		}
	}
	// In a user namespace of its own a program has no capability over the network
	// of the machine.
	for _, given := range []string{"[Service]", "CapabilityBoundingSet=CAP_NET_BIND_SERVICE", "AmbientCapabilities=CAP_NET_BIND_SERVICE", "PrivateUsers=no"} {
		if !strings.Contains(more, "\n"+given+"\n") {
			t.Errorf("port-443.conf does not say %s", given)
		}
	}
}

// TestBackupUnit checks that the unit that backs up is as confined as that of the
// portal and uses the same settings, and that the program takes what the unit
// and the guides call it with.
func TestBackupUnit(t *testing.T) {
	t.Parallel()
	unit, portal := packaged(t, "portico-backup.service"), packaged(t, "portico.service")
	_, confined, _ := strings.Cut(portal, "\nNoNewPrivileges=")
	confined, _, _ = strings.Cut(confined, "LimitNOFILE")
	if !strings.Contains(unit, "\nNoNewPrivileges="+confined) {
		t.Errorf("portico-backup.service lacks lines of portico.service, want all of\n%s", confined)
	}
	for line := range strings.Lines(portal) {
		if regexp.MustCompile(`^(EnvironmentFile|Environment|User|Group|StateDirectory|StateDirectoryMode|UMask)=`).MatchString(line) && !strings.Contains(unit, "\n"+line) {
			t.Errorf("portico-backup.service: got no line %q, want it as in portico.service", line)
		}
	}
	call := regexp.MustCompile(`(?m)^ExecStart=/usr/local/bin/portico (.*)$`).FindStringSubmatch(unit)
	if call == nil {
		t.Fatal("portico-backup.service starts no portico, want it")
	}
	parser, err := newParser(&commands{}, &settingsFile{}, io.Discard, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(strings.Fields(call[1])); err != nil {
		t.Errorf("portico %s: got %v, want a command that there is", call[1], err)
	}
}
