package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// block is a code block of a guide. What is done with it stands behind the
// language, where no reader sees it:
//
//	sh                    typed by the operator, on the machine "main"
//	sh on=NAME            on another machine
//	sh after=A,B          after stand-ins of standins.sh, for what a person or another machine does
//	sh in=DIR             typed in that directory
//	sh twice              typed twice
//	sh stays=ADDRESS      does not end: kept until the address answers, then interrupted
//	sh not run: REASON    not run
//	sql                   typed to psql by PostgreSQL's administrator
//	toml, ini             settings; with to=FILE they are appended to that file
//	text                  what a program prints
type block struct {
	file    string
	line    int
	lang    string
	options map[string]string
	notRun  string
	text    string
}

func (b block) String() string { return fmt.Sprintf("%s:%d", b.file, b.line) }

var (
	languages = []string{"sh", "sql", "toml", "ini", "text"}
	options   = []string{"on", "after", "in", "twice", "stays", "to"}
)

// guides returns the files whose blocks are run, below the root of the sources,
// in the order in which somebody reads them.
func guides(root string) ([]string, error) {
	more, err := filepath.Glob(filepath.Join(root, "docs/operating/*.md"))
	if err != nil {
		return nil, err
	}
	files := []string{"docs/operating.md"}
	for _, file := range more {
		name, err := filepath.Rel(root, file)
		if err != nil {
			return nil, err
		}
		files = append(files, name)
	}
	return append(files, "README.md"), nil
}

// readBlocks returns the blocks of all guides. It returns an error for a block
// that does not say what is done with it.
func readBlocks(root string) ([]block, error) {
	files, err := guides(root)
	if err != nil {
		return nil, err
	}
	var all []block
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			return nil, err
		}
		blocks, err := blocksOf(file, string(text))
		if err != nil {
			return nil, err
		}
		all = append(all, blocks...)
	}
	return all, nil
}

func blocksOf(file, text string) ([]block, error) {
	var blocks []block
	var in *block
	var before string
	for i, line := range strings.Split(text, "\n") {
		info, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && in == nil:
			b, err := described(file, i+1, info)
			if err != nil {
				return nil, err
			}
			in = &b
		case fence:
			blocks = append(blocks, *in)
			in = nil
		case in != nil:
			in.text += line + "\n"
		case strings.HasPrefix(line, "    ") && before == "":
			return nil, fmt.Errorf("%s:%d: a block without a fence does not say whether it is run", file, i+1)
		}
		before = line
	}
	if in != nil {
		return nil, fmt.Errorf("%s: the block does not end", in)
	}
	return blocks, nil
}

// described returns an empty block as the text behind its fence describes it.
func described(file string, line int, info string) (block, error) {
	b := block{file: file, line: line, options: map[string]string{"on": "main"}}
	info, b.notRun, _ = strings.Cut(info, " not run: ")
	words := strings.Fields(info)
	if len(words) == 0 || !slices.Contains(languages, words[0]) {
		return b, fmt.Errorf("%s: the block is in %q, want one of %v", b, info, languages)
	}
	b.lang = words[0]
	for _, word := range words[1:] {
		name, value, _ := strings.Cut(word, "=")
		if !slices.Contains(options, name) {
			return b, fmt.Errorf("%s: %q is no option of a block, want one of %v", b, name, options)
		}
		b.options[name] = value
	}
	if b.lang == "text" || (b.lang == "toml" || b.lang == "ini") && b.options["to"] == "" {
		b.notRun = "it is not typed"
	}
	return b, nil
}
