// Command guide is make guide: it runs the code blocks of the operating guide and
// of the README as they stand there, in their order, on machines of their own
// (machine.sh). It lists the blocks that are not run and why, and fails at the
// first command that fails.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	only := flag.String("only", "", "run this machine alone, in what an earlier run with -dir has left")
	dir := flag.String("dir", "", "directory of the machines; they are kept there")
	flag.Parse()
	if err := run(*dir, *only); err != nil {
		fmt.Fprintln(os.Stderr, "guide:", err)
		os.Exit(1)
	}
}

func run(dir, only string) (err error) {
	blocks, err := readBlocks(".")
	if err != nil {
		return err
	}
	if dir == "" {
		if dir, err = os.MkdirTemp("", "guide"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	machines, run := []string{}, 0
	for _, b := range blocks {
		switch on := b.options["on"]; {
		case b.notRun != "":
			fmt.Printf("not run: %s (%s)\n", b, b.notRun)
			continue
		case !slices.Contains(machines, on):
			machines = append(machines, on)
		}
		run++
	}
	if err := shell("packaging/dist.sh", "download"); err != nil { // the machines have no network
		return err
	}
	for _, name := range machines {
		if only == "" || only == name {
			if err := runOn(name, dir, blocks); err != nil {
				return fmt.Errorf("machine %s: %w", name, err)
			}
		}
	}
	if only == "" {
		fmt.Printf("guide: %d blocks run on %d machines, %d not run\n", run, len(machines), len(blocks)-run)
	}
	return nil
}

// carried are the directories of the machine main that others find in
// /root/from-main, as if a person had carried them there.
var carried = []string{"root/portico/dist", "backup", "other-disk"}

// runOn makes a machine and runs its blocks there.
func runOn(name, dir string, blocks []block) error {
	root := filepath.Join(dir, name)
	fmt.Printf("\n=== machine %s\n", name)
	if err := errors.Join(os.RemoveAll(root), shell("e2e/machine.sh", "new", root)); err != nil {
		return err
	}
	// The sources as of the last commit, and the guides' own directories.
	if err := shell("git", "clone", "-q", ".", filepath.Join(root, "root/portico")); err != nil {
		return err
	}
	if err := os.CopyFS(filepath.Join(root, "root/guide"), os.DirFS("e2e/guide")); err != nil {
		return err
	}
	if name != "main" {
		for _, from := range carried {
			to := filepath.Join(root, "root/from-main", filepath.Base(from))
			if err := os.CopyFS(to, os.DirFS(filepath.Join(dir, "main", from))); err != nil {
				return err
			}
		}
	}
	script := filepath.Join(dir, name+".sh")
	if err := os.WriteFile(script, []byte(scriptOf(name, blocks)), 0o700); err != nil {
		return err
	}
	// Go is the one of this machine, with what it has downloaded and built.
	arguments := []string{"run", root, script}
	for _, variable := range []string{"GOROOT", "GOMODCACHE", "GOCACHE", "GOTOOLCHAIN"} {
		place, err := exec.Command("go", "env", variable).Output()
		if err != nil {
			return err
		}
		at := strings.TrimSpace(string(place))
		if filepath.IsAbs(at) {
			arguments = append(arguments, "--bind="+at)
		}
		if err := appendTo(filepath.Join(root, "etc/guide.env"), fmt.Sprintf("export %s=%s\n", variable, at)); err != nil {
			return err
		}
	}
	if promtool, err := exec.LookPath("promtool"); err == nil {
		arguments = append(arguments, "--bind-ro="+promtool)
	}
	return shell("e2e/machine.sh", arguments...)
}

func shell(name string, arguments ...string) error {
	cmd := exec.Command(name, arguments...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}

func appendTo(file, text string) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// scriptOf returns the script that types the blocks of one machine. They stand in
// it as they are, so that functions and the working directory last.
func scriptOf(name string, blocks []block) string {
	var s strings.Builder
	s.WriteString("#!/bin/bash\n. /root/guide/standins.sh\ncd /root/portico\n")
	for _, b := range blocks {
		if b.notRun != "" || b.options["on"] != name {
			continue
		}
		fmt.Fprintf(&s, "at %s\n", b)
		for _, standIn := range strings.Split(b.options["after"], ",") {
			if standIn != "" {
				fmt.Fprintf(&s, "stand_in %s\n", standIn)
			}
		}
		in := b.options["in"]
		if in != "" {
			fmt.Fprintf(&s, "cd %s\n", in)
		}
		s.WriteString(typed(b))
		if _, twice := b.options["twice"]; twice {
			s.WriteString("sleep 1 # a name with the second in it\n" + typed(b))
		}
		if in != "" {
			s.WriteString("cd /root/portico\n")
		}
	}
	fmt.Fprintf(&s, "at 'the end'\nat_the_end %s\n", name)
	return s.String()
}

// typed returns the commands that type a block.
func typed(b block) string {
	switch {
	case b.lang == "sql":
		return "stand_in postgresql\nrunuser -u postgres -- psql -q -v ON_ERROR_STOP=1 <<'TYPED'\n" + b.text + "TYPED\n"
	case b.options["to"] != "":
		return fmt.Sprintf("cat >>%s <<'TYPED'\n%sTYPED\n", b.options["to"], b.text)
	case b.options["stays"] != "":
		return fmt.Sprintf("stays %s <<'TYPED'\n%sTYPED\n", b.options["stays"], b.text)
	default:
		return b.text
	}
}
