package web_test

import (
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/spreadsheet"
)

// records returns the rows of a downloaded CSV file, which has to begin with
// the mark by which Excel reads it as UTF-8.
func records(t *testing.T, p *porticotest.Page) [][]string {
	t.Helper()
	body, marked := strings.CutPrefix(p.Body, spreadsheet.BOM)
	if !marked || strings.Contains(body, spreadsheet.BOM) {
		t.Errorf("%s does not begin with a byte order mark, or has several", p.Path)
	}
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%s: %d rows, %v", p.Path, len(rows), err)
	}
	return rows
}

// imported uploads a file and carries it out.
func imported(t *testing.T, b *porticotest.Client, file string, fields ...string) *porticotest.Page {
	t.Helper()
	p := sendFile(b, file, fields...)
	if p.Status != 200 || p.Alert() != "" {
		t.Fatalf("%d %s", p.Status, p.Alert())
	}
	return b.Fill(p, "Start import")
}

// TestImportOfWhatProgramsSave imports files as spreadsheet programs save them,
// and checks what the page says of it.
func TestImportOfWhatProgramsSave(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	const zoe = "Login ID;First name;Last name;Email;Role;Labels\r\nzoe;Zoë;Bäcker;zoe@example.com;Help desk;\"A;Büro\"\r\n;;;;;\r\n"
	ansi, err := charmap.Windows1252.NewEncoder().String(zoe)
	must(t, err)
	p := sendFile(b, ansi)
	if !p.Has("1 to create, 0 to update, 0 unchanged, 0 refused") || !p.Has("Zoë Bäcker") || !p.Has("The file was in Windows-1252 and was converted") {
		t.Error(p.Text())
	}
	b.Fill(p, "Start import")
	if p := b.Get(access + "?q=zoe"); !p.Has("Zoë Bäcker") || !p.Has("Büro") || !p.Has("Help desk") {
		t.Error(p.Text())
	}
	if p := sendFile(b, "\ufeff"+zoe); !p.Has("0 to create, 0 to update, 1 unchanged") || p.Has("converted") {
		t.Errorf("the same in UTF-8: %s", p.Text())
	}
	// Nothing of a workbook is on the page.
	p = sendFile(b, "PK\x03\x04\x14\x00\x06\x00\x08\x00SECRET[Content_Types].xml")
	if p.Status != 422 || !strings.Contains(p.Alert(), "In Excel, choose File, Save As, and the type CSV UTF-8") || strings.Contains(p.Body, "SECRET") {
		t.Errorf("%d %s", p.Status, p.Alert())
	}
}

// TestExportComesBack checks that a downloaded list can be imported as it is,
// whatever people are called, and changes nobody.
func TestExportComesBack(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	names := []string{"=1+1", "'=x", "-Ann", "@x", "'t Hooft", "Zoë", "a;b", `"Q"`, "+1", "＝1", "O'Neill"}
	file := "first_name,last_name,email,role,labels\n"
	for i, name := range names {
		var row strings.Builder
		must(t, csv.NewWriter(&row).WriteAll([][]string{{spreadsheet.Cell(name), spreadsheet.Cell(name), fmt.Sprintf("n%d@example.com", i), "user", "=L;'M"}}))
		file += row.String()
	}
	if p := imported(t, b, file); !p.Has("11 created, 0 updated, 0 unchanged, 0 refused") {
		t.Fatal(p.Text())
	}
	export := b.Get(b.Get(access).Link("Download CSV"))
	rows := records(t, export)
	p := sendFile(b, export.Body)
	if !p.Has(fmt.Sprintf("0 to create, 0 to update, %d unchanged, 0 refused", len(rows)-1)) || !p.Has("status, two_factor, last_log_in") {
		t.Errorf("%d rows: %s", len(rows), p.Text())
	}
	// Even after a spreadsheet program has saved it again.
	again := strings.ReplaceAll(strings.TrimPrefix(export.Body, spreadsheet.BOM), "\n", "\r")
	if p := sendFile(b, again); !p.Has(fmt.Sprintf("0 to create, 0 to update, %d unchanged, 0 refused", len(rows)-1)) {
		t.Error(p.Text())
	}
	// The other files have the mark too.
	for _, path := range []string{importing + "/reference.csv", "/administration/audit.csv", "/administration/report.csv", access + ".csv?filter=suspended"} {
		records(t, b.Get(path))
	}
}

// TestSuspendedInAFile checks that nobody who is suspended in a file, as in the
// export of another portal, becomes an active user, and that the column changes
// nobody who is there.
func TestSuspendedInAFile(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	file := "login_id,first_name,last_name,email,role,status\nzoe,Zoe,B,zoe@example.com,user,active\n" +
		"sue,Sue,S,sue@example.com,administrator,Suspended\nhedda,Hedda,Tester,hedda@example.com,helpdesk,suspended\n"
	p := imported(t, b, file)
	if !p.Has("1 created") || !p.Has("1 refused") || !p.Has("The file says that this user is suspended") {
		t.Error(p.Text())
	}
	if p := b.Get(access + "?q=sue"); p.Has("sue@example.com") {
		t.Error(p.Text())
	}
	if got := c.Account(c.help.ID).Status; got != portico.Active {
		t.Errorf("the status of somebody who is there: got %s, want active", got)
	}
}

// TestSuspendedInTheRefusedRows sends the file of refused rows back, with all
// that was wrong corrected but for what the file says of somebody suspended.
func TestSuspendedInTheRefusedRows(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	p := sendFile(b, "login_id,first_name,last_name,email,role,status\nsue,Sue,S,nowhere,user,Suspended\nzoe,Zoe,B,no,user,active\n")
	refused := b.Get(p.Link("Download the refused rows"))
	if rows := records(t, refused); len(rows) != 3 {
		t.Fatalf("refused rows: got %v, want two", rows)
	}
	corrected := strings.NewReplacer("nowhere", "sue@example.com", ",no,", ",zoe@example.com,").Replace(refused.Body)
	if p := imported(t, b, corrected); !p.Has("1 created") || !p.Has("1 refused") || !p.Has("The file says that this user is suspended") {
		t.Errorf("the corrected rows: got %s, want zoe created, and sue refused as suspended", p.Text())
	}
	if p := b.Get(access + "?q=sue"); p.Has("sue@example.com") {
		t.Error(p.Text())
	}
}

// TestRefusedRowsComeBack checks that the file of refused rows holds them as
// they were sent, with every reason, and can be corrected and sent again.
func TestRefusedRowsComeBack(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	file := "login_id,first_name,last_name,email,role,labels\n" +
		"good,Good,One,good@example.com,user,A\n" +
		"bad one,,Two,nowhere,King,B;C\n" +
		",Login,Less,x,user,\n" +
		"hedda,'=Hedda,Tester,hedda@@example.com,user,\n" +
		"good,Same,Again,also wrong,user,\n"
	p := sendFile(b, file)
	if !p.Has("1 to create, 0 to update, 0 unchanged, 4 refused") || !p.Has("hedda@@example.com") {
		t.Fatal(p.Text())
	}
	rows := records(t, b.Get(p.Link("Download the refused rows")))
	if got, want := strings.Join(rows[0], ","), "login_id,first_name,last_name,email,role,labels,line,reason,status"; got != want {
		t.Errorf("the columns are %s, not %s", got, want)
	}
	for i, want := range []string{"bad one||Two|nowhere|King|B;C|3|", "|Login|Less|x|user||4|", "hedda|'=Hedda|Tester|hedda@@example.com|user||5|", "good|Same|Again|also wrong|user||6|"} {
		if got := strings.Join(rows[i+1], "|"); !strings.HasPrefix(got, want) {
			t.Errorf("row %d is %s, not %s", i+1, got, want)
		}
	}
	for _, reason := range []string{"without spaces", "Enter the first name.", "Enter an email address", "Enter one of these roles: user, helpdesk and administrator."} {
		if !strings.Contains(rows[1][7], reason) {
			t.Errorf("%q does not say %q", rows[1][7], reason)
		}
	}
	if !strings.Contains(rows[4][7], "Line 2 already has this login ID.") || !strings.Contains(rows[4][7], "Enter an email address") {
		t.Errorf("%q", rows[4][7])
	}
	// As it came, it is refused again; corrected, it is imported, with labels.
	p = b.Fill(p, "Start import")
	refused := b.Get(p.Link("Download the refused rows")).Body
	if p := sendFile(b, refused); !p.Has("0 to create, 0 to update, 0 unchanged, 4 refused") && !p.Has("4 refused") {
		t.Error(p.Text())
	}
	for _, fix := range [][2]string{
		{"bad one,,Two,nowhere,King", "bad.one,Bad,Two,two@example.com,Help desk"},
		{"Less,x,", "Less,less@example.com,"},
		{"hedda@@", "hedda@"},
		{"good,Same,Again,also wrong", "other,Same,Again,again@example.com"},
	} {
		if !strings.Contains(refused, fix[0]) {
			t.Fatalf("%q is not in %q", fix[0], refused)
		}
		refused = strings.ReplaceAll(refused, fix[0], fix[1])
	}
	if p := imported(t, b, refused); !p.Has("3 created, 1 updated, 0 unchanged, 0 refused") {
		t.Error(p.Text())
	}
	if p := b.Get(access + "?q=bad.one"); !p.Has("Bad Two") || !p.Has("B") || !p.Has("C") || !p.Has("Help desk") {
		t.Error(p.Text())
	}
	if c.Account(c.help.ID).FirstName != "=Hedda" {
		t.Errorf("%q", c.Account(c.help.ID).FirstName)
	}
	// A file without labels comes back without, so that labels stay as they are.
	p = sendFile(b, "first_name,last_name,email,role\nA,B,x,user\n")
	if rows := records(t, b.Get(p.Link("Download the refused rows"))); strings.Join(rows[0], ",") != "login_id,first_name,last_name,email,role,line,reason,status" {
		t.Errorf("%q", rows[0])
	}
	// A row of any length is refused, and not kept.
	p = sendFile(b, "login_id,first_name,last_name,email,role\nlong,"+strings.Repeat("x", 100_000)+",B,x@example.com,user\n")
	if rows := records(t, b.Get(p.Link("Download the refused rows"))); rows[1][0] != "long" || rows[1][1] != "" || !strings.Contains(rows[1][6], "too long to be shown") {
		t.Errorf("%.300q", rows[1])
	}
}

// TestRefusedRowsHaveTheColumnsOfTheirFile checks that refused rows come back with the
// optional columns that their file had, and with no others: an empty one would remove
// what a person has.
func TestRefusedRowsHaveTheColumnsOfTheirFile(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	id := string(c.user.ID)
	for names, values := range map[string]string{
		"":                   "",
		"labels":             "A;B",
		"id":                 id,
		"language":           "fr",
		"id,language":        id + ",fr",
		"labels,id":          "A;B," + id,
		"labels,language":    "A;B,fr",
		"labels,id,language": "A;B," + id + ",fr",
	} {
		comma := ","
		if names == "" {
			comma = ""
		}
		p := sendFile(b, "login_id,first_name,last_name,email,role"+comma+names+"\nulla,Ulla,Tester,nowhere,user"+comma+values+"\n")
		want := []string{"login_id,first_name,last_name,email,role," + names + comma + "line,reason,status", "ulla,Ulla,Tester,nowhere,user," + values + comma + "2,"}
		rows := records(t, b.Get(p.Link("Download the refused rows")))
		if got := strings.Join(rows[0], ","); got != want[0] {
			t.Errorf("a file with %q: got the columns %s, want %s", names, got, want[0])
		}
		if got := strings.Join(rows[1], ","); !strings.HasPrefix(got, want[1]) {
			t.Errorf("a file with %q: got the row %s, want it to begin with %s", names, got, want[1])
		}
	}
}

// TestPeopleWithoutLoginID checks that a file may leave the login ID to people
// who are invited, and that the email address says whom a row is about.
func TestPeopleWithoutLoginID(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	b := c.as(c.admin)
	const file = "login_id,first_name,last_name,email,role\n" +
		",Ann,Lee,ann.lee@example.com,user\n" +
		",Ben,Ode,ben.ode@example.com,helpdesk\n" +
		",Ann,Again,ANN.LEE@example.com,user\n" +
		"cat,Cat,Ash,ben.ode@example.com,user\n" +
		",Ulla,Tester,ulla@example.com,user\n"
	p := sendFile(b, file, "invite", "1")
	if !p.Has("2 to create, 0 to update, 1 unchanged, 2 refused") || !p.Has("Line 2 already has this email address") || !p.Has("Line 3 already has this email address") {
		t.Fatal(p.Text())
	}
	if p = b.Fill(p, "Start import"); !p.Has("2 created, 0 updated, 1 unchanged, 2 refused") {
		t.Fatal(p.Text())
	}
	// She chooses her login ID, as after + User.
	before := c.people()
	ann := c.Client()
	link := ann.Get(c.Mails("ann.lee@")[0].Link("/activate/"))
	if link.Value("Login ID") != "ann.lee@example.com" {
		t.Errorf("proposed: got %q, want her address", link.Value("Login ID"))
	}
	if p := ann.Fill(link, "Activate", "Login ID", "annie", "Password", "seven quiet rivers meet"); p.Path != "/?done=activated" {
		t.Fatal(p.Text())
	}
	// A second run doubles nobody, and changes what is new.
	again := strings.Replace(file, "Ann,Lee,ann.lee", "Anna,Lee,Ann.Lee", 1)
	if p := imported(t, b, again, "invite", "1"); !p.Has("0 created, 1 updated, 2 unchanged, 2 refused") && !p.Has("1 updated") || c.people() > before+1 {
		t.Errorf("%d people, before %d: %s", c.people(), before, p.Text())
	}
	if p := b.Get(access + "?q=annie"); !p.Has("Anna Lee") || !p.Has("ann.lee@example.com") || len(c.Mails("ann.lee@")) != 1 {
		t.Errorf("%d mails: %s", len(c.Mails("ann.lee@")), p.Text())
	}
	// Two people with one address cannot be told apart without login IDs.
	imported(t, b, "login_id,first_name,last_name,email,role\ndan,Dan,A,both@example.com,user\ndora,Dora,B,both@example.com,user\n")
	if p := sendFile(b, "first_name,last_name,email,role\nDan,A,both@example.com,user\n"); !p.Has("1 refused") || !p.Has("Several users have this email address") {
		t.Error(p.Text())
	}
	// People of other customers are nobody here.
	if p := sendFile(b, "first_name,last_name,email,role\nG,H,greta@example.com,user\n"); !p.Has("1 to create") {
		t.Error(p.Text())
	}
	if c.events(portico.UserEdited, "by import: first name") != 1 {
		t.Error("the change is not in the audit log")
	}
}
