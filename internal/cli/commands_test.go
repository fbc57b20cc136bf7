package cli

import "io"

// CommandNames returns the names of all commands, such as "user create", as the
// parser has them.
func CommandNames() (names []string) {
	parser, err := newParser(&commands{}, &settingsFile{}, io.Discard, io.Discard)
	if err != nil {
		panic(err)
	}
	for _, command := range parser.Model.Leaves(false) {
		name := command.Name
		for parent := command.Parent; parent.Parent != nil; parent = parent.Parent {
			name = parent.Name + " " + name
		}
		names = append(names, name)
	}
	return names
}
