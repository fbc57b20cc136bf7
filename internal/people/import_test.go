package people

import (
	"testing"

	"portico"
)

func FuzzParseImport(f *testing.F) {
	f.Add([]byte(ReferenceFile))
	f.Add([]byte("\xef\xbb\xbflogin_id;first_name;last_name;email;role\r\na;b;c;d;e\r\n"))
	f.Add([]byte("login_id,first_name,last_name,email,role,password_hash\n\"a\nb\",c,d,e,f,$argon2id$"))
	f.Fuzz(func(t *testing.T, content []byte) {
		rows, err := parseImport(content, ImportRows)
		if err != nil {
			if !portico.Invalid.Is(err) {
				t.Errorf("not said in words: %v", err)
			}
			return
		}
		if len(rows) == 0 || len(rows) > ImportRows {
			t.Errorf("%d rows", len(rows))
		}
		for _, row := range rows {
			if row.Does == RowRefused && row.Why == "" {
				t.Errorf("line %d is refused without a reason", row.Line)
			}
		}
	})
}

func TestReferenceFileIsTaken(t *testing.T) {
	rows, err := parseImport([]byte(ReferenceFile), ImportRows)
	if err != nil || len(rows) != 2 || rows[0].Does == RowRefused || rows[1].Does == RowRefused {
		t.Errorf("%+v %v", rows, err)
	}
}
