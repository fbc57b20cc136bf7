package portico_test

import (
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// unattended lists the functions whose changes need no admitted actor, and why.
// Every other change must pass its actor to Update.
var unattended = map[string]string{
	// The person has no session yet, and proves themselves by a password, a
	// code or a link.
	"auth.checkPassword":                        "the password decides",
	"auth.recordSecondAttempt":                  "counts an attempt of a pending login",
	"auth.finishSecondStep":                     "the code decides",
	"auth.Forgotten":                            "anybody may ask for a link",
	"auth.Unlock":                               "the link decides",
	"auth.Activate":                             "the link decides",
	"auth.SetPasswordByLink":                    "the link decides",
	"auth.ConfirmEmail":                         "the link decides",
	"twofactorreset.ReportUnauthorizedActivity": "the link decides",
	"users.CreateFirst":                         "the link of an empty database decides",

	// Must be recorded even if the session has ended.
	"auth.refusedAttempt":            "records a failure",
	"auth.recordPasskeyLogin":        "counts an attempt before it is looked at",
	"auth.recordPasskeyStep":         "counts an attempt before it is looked at",
	"auth.recordAttempt":             "counts an attempt before it is looked at",
	"auth.recordCodeAttempt":         "counts an attempt before it is looked at",
	"auth.recordActivation":          "counts an attempt before it is looked at",
	"auth.refuseTaken":               "records a failure",
	"auth.attemptFailed":             "records a failure",
	"auth.authenticate":              "notes that a session was used, or has expired",
	"twofactorreset.recordWrongCode": "records a failure",
	"users.exported":                 "records what was sent",
	"auth.recordHash":                "counts a hash before it is made",

	// The portal's own work.
	"audit.sequence":            "numbers and signs events",
	"audit.trim":                "deletes what the policy no longer keeps",
	"audit.forget":              "deletes the log of a customer that was deleted long ago",
	"users.FreeLoginIDs":        "removes login IDs that are held back no longer",
	"customers.delete":          "an operator has asked for it, and it could be cancelled",
	"outbox.record":             "sends mails",
	"outbox.reserve":            "sends mails",
	"auth.DeleteOldFailures":    "removes failures that count no longer",
	"twofactorreset.Forget":     "removes requests that ended long ago",
	"auth.CapFutureFailures":    "corrects times after a clock was wrong",
	"maintenance.resealBatch":   "part of a rotation that an actor began",
	"customers.MailCheckpoints": "mails checkpoints",
	"users.remind":              "reminds of a day that is near",
	"maintenance.Reindex":       "indexes people as the new version does",
	"imports.doNextChunk":       "stops an import that failed",
	"imports.doChunk":           "actorOf reads again who started the import",
	"imports.forgetExpired":     "deletes what has expired",
	"imports.ForgetUpload":      "deletes a file that broke off",
	"audit.Open":                "makes the key of the audit log at the first start",
	"cli.record":                "serve records its settings",
	"cli.putNode":               "notes that this node serves",
	"cli.removeNode":            "notes that this node has stopped",
	"audit.SumUp":               "writes how many events were counted",
	"audit.updateStream":        "notes which events were sent, and which node sends",
	"store.Update":              "passes on the actor of its caller",
	"store.identified":          "makes the ID of the portal at its first start",
	"store.Secret":              "makes a key of the portal at its first start",
	"store.TryChange":           "looks whether the database takes changes",

	// Changed by the command line, and not by who is behind it.
	"cli.recordBackup": "records when a backup was written",

	// A log-in, which makes the session that others are admitted by.
	"auth.LoginByPasskey": "the answer of the passkey is checked in the transaction",

	// The sample data of portico demo.
	"cli.sampleNamedUsers": "portico demo",
	"cli.sampleCrowd":      "portico demo",
}

// TestC27_EveryChangeIsAdmitted checks that every change is made by the actor
// of the request, or is in the list above with a reason.
func TestC27_EveryChangeIsAdmitted(t *testing.T) {
	seen := map[string]bool{}
	eachFunction(t, func(files *token.FileSet, name string, f *ast.FuncDecl) {
		if strings.HasPrefix(name, "porticotest.") { // the harness of the tests
			return
		}
		for _, by := range changesIn(files, f) {
			seen[name] = true
			if by != "actor" && by != "ses.Actor" && unattended[name] == "" {
				t.Errorf("%s: %s changes something by %s, which is not the actor who came in", files.Position(f.Pos()), name, by)
			}
		}
	})
	for name := range unattended {
		if !seen[name] {
			t.Errorf("%s is in the list and changes nothing", name)
		}
	}
}

// eachFunction calls do with every function of the program's packages, named as
// in "store.Update".
func eachFunction(t *testing.T, do func(files *token.FileSet, name string, f *ast.FuncDecl)) {
	t.Helper()
	err := filepath.WalkDir("internal", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			if f, is := decl.(*ast.FuncDecl); is {
				do(files, file.Name.Name+"."+f.Name.Name, f)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// changesIn returns the actor argument of each call of DB.Update and store.Update
// in a function, as it is written there. The actor is the last argument but one.
func changesIn(files *token.FileSet, f *ast.FuncDecl) (by []string) {
	ast.Inspect(f, func(n ast.Node) bool {
		call, is := n.(*ast.CallExpr)
		if !is || len(call.Args) < 3 {
			return true
		}
		called := call.Fun
		if typed, is := called.(*ast.IndexExpr); is { // store.Update[T]
			called = typed.X
		}
		if sel, is := called.(*ast.SelectorExpr); is && sel.Sel.Name == "Update" {
			var text strings.Builder
			_ = printer.Fprint(&text, files, call.Args[len(call.Args)-2]) // into memory
			by = append(by, text.String())
		}
		return true
	})
	return by
}
