package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"portico/internal/cli"
)

const root = "../.."

// TestEveryBlockSaysWhatIsDoneWithIt checks that each block of the guides is run
// or says why not, and that its stand-ins exist.
func TestEveryBlockSaysWhatIsDoneWithIt(t *testing.T) {
	blocks, err := readBlocks(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(blocks) < 20 {
		t.Fatalf("found %d blocks in the guides, want at least 20", len(blocks))
	}
	standIns, err := os.ReadFile("standins.sh")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks {
		for _, name := range strings.Split(b.options["after"], ",") {
			if name != "" && !strings.Contains(string(standIns), "\n"+name+"() {") {
				t.Errorf("%s comes after %q, which is no function of standins.sh", b, name)
			}
		}
	}
}

func TestBlocksWithoutADescriptionAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"```\nportico serve\n```\n":                 "want one of",
		"```sh often\nportico serve\n```\n":         "no option of a block",
		"```sh\nportico serve\n":                    "does not end",
		"Type this:\n\n    portico serve\n":         "without a fence",
		"```sh not run: it never ends\nportico x\n": "does not end",
	} {
		if _, err := blocksOf("guide.md", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("reading %q: got the error %v, want %q", text, err, want)
		}
	}
}

// TestDocumentedCommandsExist checks that the commands and flags in the blocks
// and in the sentences of all docs exist, by asking each for its help.
func TestDocumentedCommandsExist(t *testing.T) {
	files, err := filepath.Glob(root + "/docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob(root + "/docs/operating/*.md")
	if err != nil {
		t.Fatal(err)
	}
	address := filepath.Join(t.TempDir(), "address") // for flags that read their file at once
	if err := os.WriteFile(address, []byte("postgres://portico@localhost/portico\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	seen, asked := 0, map[string]bool{}
	for _, file := range append(append(files, more...), root+"/README.md", root+"/CHANGELOG.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, words := range commandsIn(string(text)) {
			var stdout, stderr bytes.Buffer
			seen++
			if asked[strings.Join(words, " ")] {
				continue
			}
			asked[strings.Join(words, " ")] = true
			for i := range words[1:] {
				if strings.HasSuffix(words[i], "-file") {
					words[i+1] = address
				}
			}
			code := cli.Run(t.Context(), append(words, "--help"), strings.NewReader(""), &stdout, &stderr)
			if code != 0 && !strings.Contains(stderr.String(), "expected string value") { // a flag that a sentence names without its value
				t.Errorf("%s: portico %s: %s", file, strings.Join(words, " "), strings.TrimSpace(stderr.String()))
			}
		}
	}
	if seen < 100 {
		t.Errorf("found %d commands in the docs, want at least 100", seen)
	}
}

var (
	codeSpan = regexp.MustCompile("`((?:bin/)?portico(?:_do)? [^`]+)`")
	inBlock  = regexp.MustCompile(`(?m)^(?:bin/)?portico(?:_do)? (.+)$`)
	fenced   = regexp.MustCompile("(?ms)^```sh[^\n]*\n(.*?)^```")
	ends     = regexp.MustCompile(`\s(#|\||>|&&|&)|[)}]|[<>;]`)
	quoted   = regexp.MustCompile(`'[^']*'|"[^"]*"`)
)

// commandsIn returns the arguments of each portico command in a text. A text in
// quotation marks becomes one word.
func commandsIn(text string) [][]string {
	var found []string
	for _, span := range codeSpan.FindAllStringSubmatch(text, -1) {
		_, arguments, _ := strings.Cut(span[1], " ")
		found = append(found, strings.Join(strings.Fields(arguments), " "))
	}
	for _, b := range fenced.FindAllStringSubmatch(text, -1) {
		for _, line := range inBlock.FindAllStringSubmatch(strings.ReplaceAll(b[1], "\\\n", " "), -1) {
			found = append(found, line[1])
		}
	}
	var commands [][]string
	for _, line := range found {
		line = quoted.ReplaceAllString(strings.ReplaceAll(line, "$(date +%F)", "TODAY"), "TEXT")
		if at := ends.FindStringIndex(line); at != nil {
			line = line[:at[0]]
		}
		// portico customer create|list is two commands, and ... is left out.
		words := strings.Fields(strings.ReplaceAll(line, "...", ""))
		if len(words) == 0 || strings.HasPrefix(words[0], "-") || words[0] == "VERSION" {
			continue
		}
		commands = append(commands, alternatives(words)...)
	}
	return commands
}

// alternatives splits a command at the first word with |.
func alternatives(words []string) [][]string {
	for i, word := range words {
		if choices := strings.Split(strings.Trim(word, `\`), "|"); len(choices) > 1 {
			var all [][]string
			for _, choice := range choices {
				one := append(append([]string{}, words[:i]...), strings.Trim(choice, `\`))
				all = append(all, append(one, words[i+1:]...))
			}
			return all
		}
	}
	return [][]string{words}
}
