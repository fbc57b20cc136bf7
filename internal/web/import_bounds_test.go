package web_test

import (
	"fmt"
	"strings"
	"testing"

	"portico"
	"portico/internal/porticotest"
)

// importRows counts acme's rows of a table about imports.
func (c *fixture) importRows(t *testing.T, table string) (n int) {
	t.Helper()
	imports, err := c.Imports.List(t.Context(), portico.CommandLine(), c.acme.ID)
	must(t, err)
	switch table {
	case "imports":
		return len(imports)
	case "import_refused":
		for _, i := range imports {
			rows, err := c.DB.Read(t.Context()).RefusedRows(c.acme.ID, i.ID, 0, 100_000)
			must(t, err)
			n += len(rows)
		}
	}
	return n
}

// TestC10_UploadsAreBounded checks that the waiting files of a customer share a
// limit of bytes, however many there are, and that a file whose form is invalid
// is not kept.
func TestC10_UploadsAreBounded(t *testing.T) {
	c := newFixture(t)
	b := c.as(c.admin)
	// One field too many: the file that came before it is removed.
	fields := []string{}
	for i := range 12 {
		fields = append(fields, fmt.Sprintf("field%d", i), "x")
	}
	if p := b.Upload(importing, "file", crowd(10), append(fields, "file", "x")...); p.Status == 200 && strings.HasPrefix(p.Path, "/administration/imports/") {
		t.Fatalf(`b.Upload(importing, "file", crowd(10), append(fields, "file", "x")...): got %v, want not (p.Status == 200 && strings.HasPrefix(p.Path, "/administration/imports/"))`, p.Path)
	}
	if n := c.importRows(t, "imports"); n != 0 {
		t.Errorf("%d files are left", n)
	}
	sendFile(b, crowd(10))
	c.behind(t, `UPDATE imports SET bytes = $1`, 256<<20-100)
	if p := sendFile(b, crowd(10)); p.Status != 409 && !p.Has("take up all available space") {
		t.Errorf(`sendFile(b, crowd(10)): got %d %s, want not (p.Status != 409 && !p.Has("take up all available space"))`, p.Status, p.Text())
	}
	if n := c.importRows(t, "imports"); n != 1 {
		t.Errorf("%d files are there", n)
	}
	c.behind(t, `UPDATE imports SET bytes = 0`)
	if p := sendFile(b, crowd(10)); !p.Has("10 to create") {
		t.Errorf(`sendFile(b, crowd(10)): got %s, want the text "10 to create"`, p.Text())
	}
}

// TestC10_RefusedRowsAreBounded checks that only a number of refused rows are
// kept for a file and the rest are counted, and that only the latest finished
// imports are kept.
func TestC10_RefusedRowsAreBounded(t *testing.T) {
	if testing.Short() {
		return // large
	}
	c := newFixture(t)
	b := c.as(c.admin)
	const rows = 20_100
	p := sendFile(b, "login_id,first_name,last_name,email,role\n"+strings.Repeat(",x,,,\n", rows))
	c.works()
	p = b.Get(p.Path)
	if !p.Has("refused") {
		t.Errorf(`GET %v: got %s, want the text "refused"`, p.Path, p.Text())
	}
	if n := c.importRows(t, "import_refused"); n != 20_000 {
		t.Errorf("%d refused rows are kept", n)
	}
	list := b.Get(p.Path + "/refused.csv").Body
	if want := "\n,,,,,0,100 more rows were refused. The reasons of the first 20000 are kept.,\n"; !strings.HasSuffix(list, want) {
		t.Errorf("it ends with %q, want %q", list[len(list)-200:], want)
	}
	for i := range 23 {
		p := sendFile(b, fmt.Sprintf("login_id,first_name,last_name,email,role\nn%d,A,B,a@example.com,user\n,x,,,\n", i))
		start(b, p)
	}
	if n := c.importRows(t, "imports"); n > 21 {
		t.Errorf("%d imports are kept", n)
	}
}

// start runs an import.
func start(b *porticotest.Client, p *porticotest.Page) *porticotest.Page {
	return b.Post(p.Path + "/start")
}
