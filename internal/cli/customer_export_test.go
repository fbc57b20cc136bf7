package cli_test

import (
	"archive/zip"
	"os"

	"github.com/rogpeppe/go-internal/testscript"
)

// unzipped writes the files of a ZIP file into the directory of the script.
func unzipped(ts *testscript.TestScript, _ bool, args []string) {
	z, err := zip.OpenReader(ts.MkAbs(args[0]))
	ts.Check(err)
	defer func() { _ = z.Close() }()
	ts.Check(os.CopyFS(ts.MkAbs("."), z))
}
