package imports

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"portico"
	"portico/internal/locale"
)

// told returns what a row says of a person, for comparison.
func told(row Row) string {
	s := fmt.Sprintf("%d %s|%s|%s|%s|%s|%s", row.Line, row.User.LoginID, row.User.FirstName, row.User.LastName, row.User.Email, string(row.User.Role),
		strings.Join(row.User.Labels, "+"))
	if row.Action != "" {
		s += " " + row.Action + ": " + row.Reason.String()
	}
	return s
}

// TestFilesOfPrograms reads files as spreadsheet programs write them.
func TestFilesOfPrograms(t *testing.T) {
	const head = "login_id,first_name,last_name,email,role,labels\r\n"
	const zoe = "zoe,Zoë,Bäcker,zoe@example.com,user,Büro\r\n"
	utf16 := func(e unicode.Endianness, text string) string {
		out, err := unicode.UTF16(e, unicode.UseBOM).NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	ansi, err := charmap.Windows1252.NewEncoder().String(head + zoe + "eve,Eve,O’Neill €,eve@example.com,user,\r\n")
	if err != nil {
		t.Fatal(err)
	}
	const ann = "2 ann|Ann|Lee|ann@example.com|user|A+B"
	for name, c := range map[string]struct{ file, want string }{
		"trailing empty fields left out": {head + "ann,Ann,Lee,ann@example.com,user\r\n", "2 ann|Ann|Lee|ann@example.com|user|"},
		"empty rows":                     {"\r\n,,,,,\r\n" + head + ",,,,,\r\n , ,\t,,,\r\n\r\nann,Ann,Lee,ann@example.com,user,A;B\r\n,,,,,\r\n", "7 ann|Ann|Lee|ann@example.com|user|A+B"},
		"quoted empty rows":              {head + "\"\",\"\",\"\"\r\nann,Ann,Lee,ann@example.com,user,A;B\r\n", "3 ann|Ann|Lee|ann@example.com|user|A+B"},
		"empty columns":                  {",login_id,,first_name,last_name,email,role,labels,,\r\n,ann,,Ann,Lee,ann@example.com,user,A;B,,\r\n", ann},
		"more empty fields than columns": {head + "ann,Ann,Lee,ann@example.com,user,A;B,,\r\n", ann},
		"the name of a table":            {"Table 1\r\nlogin_id;first_name;last_name;email;role;labels\r\nann;Ann;Lee;ann@example.com;user;\"A;B\"\r\n", "3 ann|Ann|Lee|ann@example.com|user|A+B"},
		"a title, and what it is of":     {"Our people;;;;;\r\n;;;;;\r\n\"Acme, Berlin\";;;;;\r\nlogin_id;first_name;last_name;email;role;labels\r\nann;Ann;Lee;ann@example.com;user;\"A;B\"\r\n", "5 ann|Ann|Lee|ann@example.com|user|A+B"},
		"sep=;":                          {"sep=;\r\nlogin_id;first_name;last_name;email;role;labels\r\nann;Ann;Lee;ann@example.com;user;\"A;B\"\r\n", "3 ann|Ann|Lee|ann@example.com|user|A+B"},
		"SEP= with a tab, after a BOM":   {"\xef\xbb\xbfSEP=\t\r\nlogin_id\tfirst_name\tlast_name\temail\trole\r\nann\tAnn\tLee\tann@example.com\tuser\r\n", "3 ann|Ann|Lee|ann@example.com|user|"},
		"quoted sep=, saved again":       {"\"sep=|\"\r\nlogin_id|first_name|last_name|email|role|labels\r\nann|Ann|Lee|ann@example.com|user|A;B\r\n", "3 ann|Ann|Lee|ann@example.com|user|A+B"},
		"tabs":                           {"login_id\tfirst_name\tlast_name\temail\trole\tlabels\r\nann\tAnn\tLee\tann@example.com\tuser\tA;B\r\n", ann},
		"bars":                           {"login_id|first_name|last_name|email|role|labels\nann|Ann|Lee|ann@example.com|user|A;B\n", ann},
		"CR alone":                       {strings.ReplaceAll(head+"ann,Ann,Lee,ann@example.com,user,A;B\r\n", "\r\n", "\r"), ann},
		"CR, LF and CRLF":                {head + "\rann,Ann,Lee,ann@example.com,user,A;B\r,,,,\nben,Ben,Ode,ben@example.com,user,", "3 ann|Ann|Lee|ann@example.com|user|A+B;5 ben|Ben|Ode|ben@example.com|user|"},
		"UTF-16, little endian, tabs":    {utf16(unicode.LittleEndian, strings.ReplaceAll(head+zoe, ",", "\t")), "2 zoe|Zoë|Bäcker|zoe@example.com|user|Büro"},
		"UTF-16, big endian":             {utf16(unicode.BigEndian, head+zoe), "2 zoe|Zoë|Bäcker|zoe@example.com|user|Büro"},
		"Windows-1252":                   {ansi, "2 zoe|Zoë|Bäcker|zoe@example.com|user|Büro;3 eve|Eve|O’Neill €|eve@example.com|user|"},
		"headers in other spelling":      {"Login ID;First name;Last Name;Email;ROLE;Labels\r\nann;Ann;Lee;ann@example.com;user;\"A;B\"\r\n", ann},
		"headers, other again":           {"User name, GIVEN-NAME ,surname,E-Mail address,role,labels\r\nann,Ann,Lee,ann@example.com,user,A;B\r\n", ann},
		"a header on two lines":          {"\"Login\nID\",\"First\u00a0name\",Last_Name,e_mail,Role,Label\nann,Ann,Lee,ann@example.com,user,A;B\n", "3 ann|Ann|Lee|ann@example.com|user|A+B"},
		"roles as on the pages":          {head + "ann,Ann,Lee,ann@example.com,Help desk,\r\nben,B,O,b@c,help-desk,\r\ncat,C,A,c@c,HELPDESK,\r\ndan,D,I,d@c, Administrator ,\r\n", "2 ann|Ann|Lee|ann@example.com|helpdesk|;3 ben|B|O|b@c|helpdesk|;4 cat|C|A|c@c|helpdesk|;5 dan|D|I|d@c|administrator|"},
		"labels on lines of a cell":      {head + "ann,Ann,Lee,ann@example.com,user,\"A\nB\"\r\n", ann},
		"no-break spaces and BOMs":       {"\xef\xbb\xbf\xef\xbb\xbf" + head + "\u00a0ann\u00a0,Ann ,\u200bLee,\ufeffann@example.com,user,A;B\r\n", ann},
		"guards against formulas":        {head + "ann,'=Ann,'-Lee,'+ann@example.com,user,'@A;'-B;C's\r\n", "2 ann|=Ann|-Lee|+ann@example.com|user|@A+-B+C's"},
		"an apostrophe that is a name's": {head + "ann,'Ann','t Hooft,ann@example.com,user,'n\r\n", "2 ann|'Ann'|'t Hooft|ann@example.com|user|'n"},
		"columns that exports have too":  {"login_id,first_name,last_name,email,role,labels,status,two_factor,last_log_in\r\nann,Ann,Lee,ann@example.com,user,A;B,suspended,enabled,2026-11-23T09:00:00Z\r\n,,,,,,suspended,,\r\n", ann},
		"columns of refused rows":        {"login_id,first_name,last_name,email,role,labels,line,reason\r\nann,Ann,Lee,ann@example.com,user,A;B,17,Enter an email address.\r\n", ann},
	} {
		rows, err := parse([]byte(c.file))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, row := range rows {
			got = append(got, told(row))
		}
		if strings.Join(got, ";") != c.want {
			t.Errorf("%s:\ngot  %q\nwant %q", name, strings.Join(got, ";"), c.want)
		}
	}
}

// TestFilesThatAreRefused checks what is said of files that cannot be read, and
// that nothing of a file that is no text is repeated.
func TestFilesThatAreRefused(t *testing.T) {
	const head = "login_id,first_name,last_name,email,role\n"
	const excel = "In Excel, choose File, Save As, and the type CSV UTF-8"
	for name, c := range map[string]struct{ file, want string }{
		"a workbook":                 {"PK\x03\x04\x14\x00\x06\x00login_id", excel},
		"a workbook without zeros":   {"PK\x03\x04 SECRET,login_id\n", excel},
		"a workbook of 1997":         {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1SECRET", excel},
		"a PDF":                      {"%PDF-1.7\nSECRET\n", excel},
		"packed":                     {"\x1f\x8b\x08\x08SECRET", excel},
		"a page saved as a workbook": {"<html><table><tr><td>SECRET</td></tr></table>\n", excel},
		"no names of columns":        {"SECRET,Ann,Lee,ann@example.com,user\n", "The first line must name the columns"},
		"a letter":                   {"Dear SECRET,\nplease\nadd\nme\nto\nthe\nportal.\n", "The first line must name the columns"},
		"other data":                 {`{"login_id": "SECRET"}` + "\n", excel},
		"UTF-16 without a BOM":       {"l\x00o\x00g\x00i\x00n\x00_\x00i\x00d\x00,\x00", excel},
		"UTF-32":                     {"\xff\xfe\x00\x00l\x00\x00\x00SECRET", excel},
		"zeros later":                {head + strings.Repeat("ann,A,B,a@b.c,user\n", 500) + "SEC\x00RET,A,B,a@b.c,user\n", excel},
		"two encodings":              {head + "zoe,Zoë,B,z@b.c,user\nzoe,Zo\xeb,B,z@b.c,user\n", "Line 3 of the file has a different encoding from the lines before it"},
		"two encodings, turned":      {head + "zoe,Zo\xeb,B,z@b.c,user\nzoe,Zoë,B,z@b.c,user\n", "Line 3 of the file has a different encoding from the lines before it"},
		"not as its BOM says":        {"\xef\xbb\xbf" + head + "zoe,Zo\xeb,B,z@b.c,user\n", "Line 2 of the file has a different encoding from the lines before it"},
		"all that is wrong":          {"login_id,First name,firstname,shoe,hat,role\nx\n", `The columns "shoe" and "hat" are not known. The column "first_name" appears twice. The columns "last_name" and "email" are missing.`},
		"no end of a quotation":      {head + "ann,\"Ann,Lee,a@b.c,user\n", "quotation marks"},
	} {
		_, err := parse([]byte(c.file))
		if e := portico.ErrorOf(err); e == nil || !strings.Contains(e.Fields["file"].String(), c.want) || strings.Contains(err.Error(), "SECRET") || strings.Contains(e.Fields["file"].String(), "SECRET") {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	// Each language has its own quotes.
	_, err := parse([]byte("login_id,first_name,last_name,shoe,role\nx\n"))
	for l, want := range map[locale.Language]string{"de": "Die Spalte „shoe“ ", "es": "La columna «shoe» ", "fr": "La colonne «\u00a0shoe\u00a0» "} {
		if got := l.Say(portico.ErrorOf(err).Fields["file"]); !strings.Contains(got, want) || strings.Contains(got, `"`) {
			t.Errorf("%s: got %q, want %q and no other quotes", l, got, want)
		}
	}
	// A name of a column is shown only if it can be read, and not at any length.
	for _, name := range []string{"\x1b[31m", "\u202ex", strings.Repeat("x", 10_000)} {
		_, err := parse([]byte(strings.TrimSpace(head) + "," + name + "\nx\n"))
		if e := portico.ErrorOf(err); e == nil || strings.ContainsAny(e.Fields["file"].String(), "\x1b\u202e") || len(e.Fields["file"].String()) > 300 {
			t.Errorf("the column %q: %v", name[:4], err)
		}
	}
}

// TestEveryMistakeOfARow checks that a row is refused with all that the file
// alone shows to be wrong with it, and not with the first of it.
func TestEveryMistakeOfARow(t *testing.T) {
	const file = "login_id,first_name,last_name,email,role,\n" +
		"ann,A,B,a@b.c,user,\n" +
		"ann,,\x01,nowhere,king,shoe,hat\n" +
		"a b,A,B,nowhere,user,\n"
	rows, err := parse([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	validate(portico.Actor{Kind: portico.ActorUser, Role: portico.RoleAdministrator, CustomerID: "acme"}, "acme", rows)
	for i, want := range map[int][]string{
		1: {
			"This line has 7 columns, the first line has 6.", "Column 6 has no name in the first line, but this line has a value in it.",
			"Line 2 already has this login ID.", "Enter the first name.", "Enter the last name without control characters.", "Enter an email address", "Enter one of these roles: user, helpdesk and administrator.",
		},
		2: {"without spaces", "Enter an email address"},
	} {
		for _, reason := range want {
			if rows[i].Action != RowRefused || strings.Count(rows[i].Reason.String(), reason) != 1 {
				t.Errorf("line %d: %q, want %q in it once", rows[i].Line, rows[i].Reason, reason)
			}
		}
	}
}
