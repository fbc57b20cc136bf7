package ui

import "portico"

// ImportPage is /administration/access/import: the form for a file, and the
// earlier imports.
type ImportPage struct {
	Layout
	Problem *Problem
	Most    int // rows of one file
	Kept    int // finished imports
	Imports []ImportLine
}

// ImportLine is one import in the list.
type ImportLine struct {
	portico.Import
	Address string
}

// ImportFilePage is /administration/imports/{import}: the progress of the
// import, what each row would do before it is run, and the rows that were
// refused.
type ImportFilePage struct {
	Layout
	Import      portico.Import
	Address     string      // of this page; its forms are sent to addresses below it
	Rows        []ImportRow // at most 200, refused ones first; none while the import works
	More        int         // rows that are not shown
	RefusedFile bool        // there are refused rows to download
}

// Row is what one row would do, or why it was refused.
type ImportRow struct {
	Line    int
	LoginID string
	Name    string
	Email   string
	Does    string          // create, update, unchanged, refused
	Why     portico.Message // for refused the reason, for update what would change
}

func (ImportPage) template() string     { return "import" }
func (ImportFilePage) template() string { return "import-file" }

// importTag returns the tag for the state of an import.
func importTag(i portico.Import) tag {
	switch {
	case i.Stopped != "":
		return tag{"Stopped", "bad", "stop"}
	case i.Phase == portico.ImportReceiving:
		return tag{"Uploading", "quiet", "clock"}
	case i.Phase == portico.ImportValidating:
		return tag{"Checking", "quiet", "clock"}
	case i.Phase == portico.ImportValidated:
		return tag{"Ready to import", "warn", "clock"}
	case i.Phase == portico.ImportRunning:
		return tag{"In progress", "warn", "clock"}
	}
	return tag{"Done", "ok", "check"}
}
