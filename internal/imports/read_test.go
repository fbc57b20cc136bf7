package imports

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"

	"portico"
	"portico/internal/spreadsheet"
)

// parse reads a whole file.
func parse(content []byte) (rows []Row, err error) {
	ir, err := newFileReader(bytes.NewReader(content), true)
	if err != nil {
		return nil, err
	}
	ir.keeps = true
	err = ir.chunks(7, func(chunk []Row) error {
		rows = append(rows, chunk...)
		return nil
	})
	return rows, err
}

func FuzzParseImport(f *testing.F) {
	f.Add([]byte(ReferenceFile))
	f.Add([]byte("\xef\xbb\xbflogin_id;first_name;last_name;email;role\r\na;b;c;d;e\r\n"))
	f.Add([]byte("login_id,first_name,last_name,email,role,password_hash\n\"a\nb\",c,d,e,f,$argon2id$"))
	f.Add([]byte("sep=;\rLogin ID;First name;Surname;Email;;Role;status\r;A;B;c@d;;Help desk;x;;\r;;;\r"))
	f.Add([]byte("\xff\xfel\x00o\x00g\x00i\x00n\x00\t\x00r\x00o\x00l\x00e\x00\n\x00"))
	f.Add([]byte("login_id\tfirst_name\tlast_name\temail\trole\nzoe\tZo\xeb\t'=B\t'-c@d\tuser\textra"))
	f.Add([]byte("login_id,first_name,last_name,email,role,labels,status,id\n,A,B,c@d.example,user,x,invited,018f\n,,,,,,,018e\n"))
	f.Add([]byte("login_id,first_name,last_name,email,role,labels\nanna,\"=1\",\"x;\"\"y\",d@e,user,a;b\nanna,,,,,\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		rows, err := parse(content)
		if err != nil {
			if !portico.Invalid.Is(err) {
				t.Errorf("not said in words: %v", err)
			}
			return
		}
		if len(rows) == 0 {
			t.Error("no rows, and no error")
		}
		for _, row := range rows {
			if row.Action == RowRefused && !row.Reason.Is() {
				t.Errorf("line %d is refused without a reason", row.Line)
			}
		}
		// A stored chunk reads back as it was, except for password hashes.
		chunk, err := writeChunk(rows)
		if err != nil {
			t.Fatal(err)
		}
		again, err := newChunkReader(chunk)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range rows {
			got, err := again.next()
			if err != nil {
				t.Fatal(err)
			}
			want.hash = ""
			if !reflect.DeepEqual(got, want) {
				t.Errorf("kept as\n%+v, was\n%+v", got, want)
			}
		}
		if _, err := again.next(); !errors.Is(err, io.EOF) {
			t.Errorf("more was kept: %v", err)
		}
	})
}

func TestReferenceFileIsTaken(t *testing.T) {
	rows, err := parse([]byte(ReferenceFile))
	if err != nil || len(rows) != 2 || rows[0].Action == RowRefused || rows[1].Action == RowRefused {
		t.Errorf("parse([]byte(ReferenceFile)): got %+v %v, want no error, 2 of rows, rows[0].Action other than %v, rows[1].Action other than %v", rows, err, RowRefused, RowRefused)
	}
}

func TestParseImport(t *testing.T) {
	const head = "login_id,first_name,last_name,email,role\n"
	for name, c := range map[string]struct{ file, want string }{
		"comma":              {head + "anna,A,B,a@b.c,user\n", "2 anna A|B user []"},
		"semicolon, BOM, CR": {"\xef\xbb\xbflogin_id;first_name;last_name;email;role;labels\r\nanna;A;B;a@b.c;USER;x,y\r\n", "2 anna A|B user [x y]"},
		"any order":          {"role,email,Login_ID ,last_name,first_name\nuser,a@b.c,anna,B,A\n", "2 anna A|B user []"},
		"quoted newline":     {head + "\"an\nna\",A,B,a@b.c,user\nbert,\"A \"\"x\"\"\",B,a@b.c,user", "2 an\nna A|B user [] refused;4 bert A \"x\"|B user []"},
		"empty lines":        {head + "\n\nanna,A,B,a@b.c,user\n\n", "4 anna A|B user []"},
		"repeated":           {head + "anna,A,B,a@b.c,user\n ANNA ,A,B,a@b.c,user\n", "2 anna A|B user [];3 ANNA A|B user [] refused"},
		"width":              {head + "anna,A,B,a@b.c,user,x\n", "2 anna A|B user [] refused"},
	} {
		rows, err := parse([]byte(c.file))
		if err != nil {
			t.Errorf("%s: %v, want no error", name, err)
		}
		var got []string
		for _, row := range rows {
			s := fmt.Sprintf("%d %s %s|%s %s %v", row.Line, row.User.LoginID, row.User.FirstName, row.User.LastName, string(row.User.Role), row.User.Labels)
			if row.Action != "" {
				s += " " + row.Action
			}
			got = append(got, s)
		}
		if strings.Join(got, ";") != c.want {
			t.Errorf("%s: %q, want %q", name, strings.Join(got, ";"), c.want)
		}
	}
	for name, file := range map[string]string{
		"no end of a quotation": head + "\"" + strings.Repeat("x", 3*spreadsheet.MaxRecord),
		"not text":              head + "anna,A\x00,B,a@b.c,user\n",
		"empty":                 "",
		"nobody":                head,
	} {
		if _, err := parse([]byte(file)); !portico.Invalid.Is(err) {
			t.Errorf("%s: %v, want the error portico.Invalid", name, err)
		}
	}
}

// TestReadingStopsWithoutRest checks that reading stops at the limit if a
// quotation mark is never closed.
func TestReadingStopsWithoutRest(t *testing.T) {
	const head = "login_id,first_name,last_name,email,role\n\""
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(head)
	if err != nil {
		t.Fatal(err)
	}
	for name, head := range map[string]string{"UTF-8": head, "UTF-16": utf16, "CR": strings.ReplaceAll(head, "\n", "\r")} {
		endless := &endless{}
		ir, err := newFileReader(io.MultiReader(strings.NewReader(head), endless), true)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := ir.next(); !portico.Invalid.Is(err) || endless.read > 2*spreadsheet.MaxRecord {
			t.Errorf("%s: %d bytes read: %v", name, endless.read, err)
		}
	}
}

type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	e.read += len(p)
	return len(p), nil
}
