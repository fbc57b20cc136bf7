package ui

import "portico"

// ImportPage is /administration/access/import: where a file is sent, and what
// became of earlier ones.
type ImportPage struct {
	Layout
	Problem *Problem
	Most    int // rows of one file
	Imports []ImportLine
}

// ImportLine is one import in the list.
type ImportLine struct {
	portico.Import
	Address string
}

// ImportFilePage is /administration/imports/{import}: how far it is, what each
// row would do before it is carried out, and what was refused.
type ImportFilePage struct {
	Layout
	Import      portico.Import
	Address     string      // of this page; the forms go below it
	Rows        []ImportRow // at most 200 of them, refused ones first; none while it is under way
	More        int         // rows not shown
	RefusedFile bool        // there are refused rows to download
}

// ImportRow is what one row would do, or why it was refused.
type ImportRow struct {
	Line    int
	LoginID string
	Name    string
	Email   string
	Does    string // create, update, unchanged, refused
	Why     string // for refused, and what would change for update
}

func (ImportPage) template() string     { return "import" }
func (ImportFilePage) template() string { return "import-file" }

// importTag is the state of an import.
func importTag(i portico.Import) tag {
	switch {
	case i.Stopped != "":
		return tag{"Stopped", "bad", "stop"}
	case i.Phase == portico.ImportSending:
		return tag{"On its way", "quiet", "clock"}
	case i.Phase == portico.ImportLooking:
		return tag{"Being looked at", "quiet", "clock"}
	case i.Phase == portico.ImportLooked:
		return tag{"Not carried out yet", "warn", "clock"}
	case i.Phase == portico.ImportRunning:
		return tag{"Under way", "warn", "clock"}
	}
	return tag{"Done", "ok", "check"}
}
