package imports

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"

	"portico"
	"portico/internal/spreadsheet"
)

const damagedHead = "login_id,first_name,last_name,email,role,labels\n"

// TestLineOfAnUnclosedQuotation checks that the message about a quotation mark
// names the line in which its row begins, wherever the file was found to be
// unreadable.
func TestLineOfAnUnclosedQuotation(t *testing.T) {
	const ann = "ann,Ann,Lee,ann@example.com,user,\n"
	many := strings.Repeat(ann, 40)
	long := strings.Repeat(ann, 3*spreadsheet.MaxRecord/len(ann))
	for name, c := range map[string]struct{ file, want string }{
		"to the end of the file":        {damagedHead + ann + "ben,\"Ben,Ode,b@example.com,user,\n" + many, "The row that begins in line 3 "},
		"to the next quotation mark":    {damagedHead + ann + ann + "ben,\"Ben,Ode,b@example.com,user,\n" + many + "cat,\"Cat\",Ash,c@example.com,user,\n", "The row that begins in line 4 "},
		"after a cell on two lines":     {damagedHead + "ann,\"An\nn\",Lee,a@example.com,user,\nben,\"Ben,Ode,b@example.com,user,\n" + many, "The row that begins in line 4 "},
		"in the names of columns":       {"login_id,\"first_name,last_name,email,role\n" + ann + ann, "The row that begins in line 1 "},
		"further than a row may be":     {damagedHead + ann + "ben,\"Ben,Ode,b@example.com,user,\n" + long, "The row that begins in line 3 "},
		"a long row without any":        {damagedHead + ann + ann + strings.Repeat("x", 3*spreadsheet.MaxRecord) + "\n", "The row that begins in line 4 "},
		"with CR LF":                    {strings.ReplaceAll(damagedHead+ann+"ben,\"Ben,Ode,b@example.com,user,\n"+many, "\n", "\r\n"), "The row that begins in line 3 "},
		"in one line":                   {damagedHead + ann + "ben,B\"en,Ode,b@example.com,user,\n" + ann, "Line 3 of the file "},
		"closed, and then text":         {damagedHead + "ben,\"Ben\" Ode,Lee,b@example.com,user,\n" + ann, "Line 2 of the file "},
		"below a line that says sep=":   {"sep=;\nlogin_id;first_name;last_name;email;role\nben;\"Ben;Ode;b@example.com;user\n" + many, "The row that begins in line 3 "},
		"below empty lines and a title": {"\n\nOur people\n" + damagedHead + "ben,\"Ben,Ode,b@example.com,user,\n" + many, "The row that begins in line 5 "},
	} {
		_, err := parse([]byte(c.file))
		if e := portico.ErrorOf(err); e == nil || !strings.HasPrefix(e.Fields["file"].String(), c.want) || !strings.Contains(e.Fields["file"].String(), "quotation mark") {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// TestCellsThatASpreadsheetDamaged checks that the values which spreadsheet
// programs write instead of a text are refused in every column, by a sentence
// that says where they come from.
func TestCellsThatASpreadsheetDamaged(t *testing.T) {
	admin := portico.Actor{Kind: portico.ActorUser, Role: portico.RoleAdministrator, CustomerID: "acme"}
	refused := func(row string) Row {
		t.Helper()
		rows, err := parse([]byte(damagedHead + row + "\n"))
		if err != nil {
			t.Fatalf("parse(%q): got %v, want no error", row, err)
		}
		validate(admin, "acme", rows)
		return rows[0]
	}
	for _, value := range []string{"#REF!", "#N/A", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#BEZUG!", "#NV", "#WERT!", "#ERROR!", "Err:502", "#n/a", "########"} {
		for column, row := range map[string]string{
			"login_id": value + ",Ann,Lee,ann@example.com,user,", "first_name": "ann," + value + ",Lee,ann@example.com,user,", "last_name": "ann,Ann," + value + ",ann@example.com,user,",
			"email": "ann,Ann,Lee," + value + ",user,", "role": "ann,Ann,Lee,ann@example.com," + value + ",", "labels": "ann,Ann,Lee,ann@example.com,user,Sales;" + value,
		} {
			want := column + " holds " + value + ", an error of the spreadsheet: correct that cell, and save the file again."
			if got := refused(row); got.Action != RowRefused || !strings.Contains(got.Reason.String(), want) || column == "login_id" && got.Reason.String() != want {
				t.Errorf("%s: got %s %q, want %q", row, got.Action, got.Reason.String(), want)
			}
		}
	}
	for _, value := range []string{"1.23E+15", "1E+11", "4.91512E+12", `"1,23E+15"`} {
		want := "login_id holds " + strings.Trim(value, `"`) + ", a long number that the spreadsheet shortened: format that column as text, enter the login ID again, and save the file again."
		if got := refused(value + ",Ann,Lee,ann@example.com,user,"); got.Action != RowRefused || got.Reason.String() != want {
			t.Errorf("%s as login ID: got %s %q, want %q", value, got.Action, got.Reason.String(), want)
		}
	}
	for _, row := range []string{
		"ref,Ann,Lee,ann@example.com,user,#TEAM!", "1e15,Ann,Lee,ann@example.com,user,", "1.23e+15@example.com,Ann,Lee,ann@example.com,user,", "n/a,Ann,Lee,ann@example.com,user,#1", "e+15,Name,Value,ann@example.com,user,1E+11",
		"5.5E+,Ann,Lee,ann@example.com,user,#", "123456789012,Ann,Lee,ann@example.com,user,##",
	} {
		if got := refused(row); got.Action == RowRefused {
			t.Errorf("%s: got it refused, %q, want it taken", row, got.Reason)
		}
	}
}

// TestOtherEncodings checks that a file with bytes that Windows-1252 does not
// define is refused, rather than read as that.
func TestOtherEncodings(t *testing.T) {
	encoded := func(s string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	const head = "login_id,first_name,last_name,email,role\nann,Ann,Lee,ann@example.com,user\n"
	for name, file := range map[string]string{
		"Shift-JIS":               encoded(japanese.ShiftJIS.NewEncoder().String(head + "jun,健二,高橋,jun@example.com,user\n")),
		"Windows-1250":            encoded(charmap.Windows1250.NewEncoder().String(head + "jan,Jan,Šťastný,jan@example.com,user\n")),
		"Windows-1251":            encoded(charmap.Windows1251.NewEncoder().String(head + "ana,Ана,Јовановић Ђурђевић,ana@example.com,user\n")),
		"undefined, on its own":   head + "zoe,Zo\x81,B,z@b.example,user\n",
		"undefined, some rows on": head + "zoe,Zo\xeb,B,z@b.example,user\nzoe2,Zo\x9d,B,z@b.example,user\n",
	} {
		_, err := parse([]byte(file))
		line := "Line 3 "
		if strings.Contains(name, "rows on") {
			line = "Line 4 "
		}
		if e := portico.ErrorOf(err); e == nil || !strings.HasPrefix(e.Fields["file"].String(), line+"of the file is neither UTF-8 nor Windows-1252. Save the file as CSV UTF-8") {
			t.Errorf("%s: got %v, want it refused for its encoding, in %s", name, err, line)
		}
	}
}
