package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Run prints a script that holds all words, so that completing one starts no
// program and opens no portal.
func (c completionCommand) Run(env *environment, parsed *kong.Context) error {
	script := map[string]func([]place) string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}[c.Shell]
	_, err := io.WriteString(env.stdout, script(places(parsed.Model.Node, "")))
	return err
}

// place is what can be completed after the name of a command.
type place struct {
	at    string // as in "user create"; "" for the program itself
	words []completion
	files bool // arguments are files
}

// completion is one word. The value that a flag takes is one of values, a file,
// or unknown.
type completion struct {
	word, help string
	takes      bool
	values     []string
	file       bool
}

// places returns the places below a node, the node's own first.
func places(node *kong.Node, at string) []place {
	p := place{at: at}
	for _, child := range node.Children {
		p.words = append(p.words, completion{word: child.Name, help: child.Help})
	}
	for _, flags := range node.AllFlags(true) {
		for _, flag := range flags {
			w := completion{word: "--" + flag.Name, help: flag.Help, takes: !flag.IsBool(), file: isFile(flag.Value)}
			if flag.Enum != "" {
				w.values = flag.EnumSlice()
			}
			p.words = append(p.words, w)
		}
	}
	for _, argument := range node.Positional {
		p.files = p.files || isFile(argument)
		if argument.Enum != "" {
			for _, value := range argument.EnumSlice() {
				p.words = append(p.words, completion{word: value})
			}
		}
	}
	all := []place{p}
	for _, child := range node.Children {
		all = append(all, places(child, strings.TrimSpace(at+" "+child.Name))...)
	}
	return all
}

// isFile reports whether a value is the name of a file or directory.
func isFile(v *kong.Value) bool {
	return v.Name == "file" || slices.Contains([]string{"FILE", "FILE.csv", "DIR"}, v.Tag.PlaceHolder)
}

// steps returns the patterns of a case that matches where the commands lead:
// the place so far, and the next word.
func steps(all []place, quote func(string) string, between string) string {
	var patterns []string
	for _, p := range all {
		for _, w := range p.words {
			if !strings.HasPrefix(w.word, "-") && slices.ContainsFunc(all, func(to place) bool { return to.at == strings.TrimSpace(p.at+" "+w.word) }) {
				patterns = append(patterns, quote(p.at+" "+w.word))
			}
		}
	}
	return strings.Join(patterns, between)
}

// quoted quotes a text for bash and zsh.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// valueCases returns the cases of bash and zsh for the value of a flag, by the
// place and the flag. A flag whose value is unknown completes nothing.
func valueCases(all []place, values, file string) string {
	var b strings.Builder
	for _, p := range all {
		for _, w := range p.words {
			if !w.takes {
				continue
			}
			do := ":"
			if w.file {
				do = file
			} else if w.values != nil {
				do = fmt.Sprintf(values, strings.Join(w.values, " "))
			}
			b.WriteString("        " + quoted(p.at+" "+w.word) + ") " + do + "; return ;;\n")
		}
	}
	return b.String()
}

func bashCompletion(all []place) string {
	var words strings.Builder
	for _, p := range all {
		var names []string
		for _, w := range p.words {
			names = append(names, w.word)
		}
		words.WriteString("        " + quoted(p.at) + ") words=" + quoted(strings.Join(names, " ")))
		if p.files {
			words.WriteString(" files=yes")
		}
		words.WriteString(" ;;\n")
	}
	return `# Completion of portico for bash: portico completion bash >/etc/bash_completion.d/portico
_portico_files() {
    local IFS=$'\n'
    compopt -o filenames
    COMPREPLY+=($(compgen -f -- "$1"))
}
_portico() {
    local cur=${COMP_WORDS[COMP_CWORD]} before=$((COMP_CWORD - 1)) at= words= files= i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "$at ${COMP_WORDS[i]}" in
        ` + steps(all, quoted, "|") + `) at=${at:+$at }${COMP_WORDS[i]} ;;
        esac
    done
    # bash takes --flag=value for three words.
    if [[ $cur == = ]]; then
        cur=
    elif [[ ${COMP_WORDS[before]} == = ]]; then
        before=$((before - 1))
    fi
    case "$at ${COMP_WORDS[before]}" in
` + valueCases(all, `COMPREPLY=($(compgen -W '%s' -- "$cur"))`, `_portico_files "$cur"`) + `    esac
    case "$at" in
` + words.String() + `    esac
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
    if [[ $files && $cur != -* ]]; then
        _portico_files "$cur"
    fi
}
complete -F _portico portico
`
}

func zshCompletion(all []place) string {
	var words strings.Builder
	for _, p := range all {
		words.WriteString("    " + quoted(p.at) + ")\n")
		if p.files {
			words.WriteString("        [[ $cur == -* ]] || _files\n")
		}
		words.WriteString("        items=(\n")
		for _, w := range p.words {
			words.WriteString("            " + quoted(w.word+":"+w.help) + "\n")
		}
		words.WriteString("        ) ;;\n")
	}
	return `#compdef portico
# Completion of portico for zsh: portico completion zsh >/usr/local/share/zsh/site-functions/_portico
_portico() {
    local at= word cur=${words[CURRENT]}
    local -a items
    for word in ${words[2,CURRENT-1]}; do
        case "$at $word" in
        ` + steps(all, quoted, "|") + `) at=${at:+$at }$word ;;
        esac
    done
    case "$at ${words[CURRENT-1]}" in
` + valueCases(all, `compadd -- %s`, `_files`) + `    esac
    case "$at" in
` + words.String() + `    esac
    _describe portico items
}
if [[ $funcstack[1] == _portico ]]; then
    _portico "$@"
else
    compdef _portico portico
fi
`
}

// fishQuoted quotes a text for fish.
func fishQuoted(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

func fishCompletion(all []place) string {
	var b strings.Builder
	b.WriteString(`# Completion of portico for fish: portico completion fish >~/.config/fish/completions/portico.fish
function __portico_at
    set -l at ''
    for word in (commandline -opc)[2..-1]
        switch "$at $word"
            case ` + steps(all, fishQuoted, " ") + `
                set at (string trim "$at $word")
        end
    end
    test "$at" = "$argv"
end
complete -c portico -f
`)
	for _, p := range all {
		begin := "complete -c portico -n " + fishQuoted("__portico_at "+p.at)
		if p.files {
			b.WriteString(begin + " -F\n")
		}
		for _, w := range p.words {
			name, flag := strings.CutPrefix(w.word, "--")
			switch {
			case !flag:
				b.WriteString(begin + " -a " + name)
			case w.file:
				b.WriteString(begin + " -l " + name + " -r -F")
			case w.takes:
				b.WriteString(begin + " -l " + name + " -x")
			default:
				b.WriteString(begin + " -l " + name)
			}
			if w.values != nil {
				b.WriteString(" -a " + fishQuoted(strings.Join(w.values, " ")))
			}
			b.WriteString(" -d " + fishQuoted(w.help) + "\n")
		}
	}
	return b.String()
}
