package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"portico"
)

// TestC15_OtherCustomersRowsAreNotFound calls the methods that take a customer
// with a wrong one. It fails if a method is missing here.
func TestC15_OtherCustomersRowsAreNotFound(t *testing.T) {
	db := open(t, t.TempDir())
	twoCustomers(t, db)
	const wrong, theirs = portico.CustomerID("acme"), portico.UserID("globex-invited")
	calls := map[string]func(tx *Tx) error{
		"User":        func(tx *Tx) error { _, err := tx.User(wrong, theirs); return err },
		"UserByLogin": func(tx *Tx) error { _, err := tx.UserByLogin(wrong, "globex-invited"); return err },
		"People": func(tx *Tx) error {
			for _, q := range queries {
				people, err := tx.People(wrong, q, "", 100)
				for _, p := range people.Users {
					if p.CustomerID != wrong || err != nil {
						return fmt.Errorf("lists %s: %w", p.ID, err)
					}
				}
				if _, err := tx.People(wrong, q, theirs, 100); !errors.Is(err, ErrNotFound) && q.Search == "" {
					return fmt.Errorf("goes on from %s: %w", theirs, err)
				}
			}
			return ErrNotFound
		},
		"Counts": func(tx *Tx) error {
			n, err := tx.Counts("nobody")
			if len(n) != 0 {
				return fmt.Errorf("counts %v", n)
			}
			return errors.Join(err, ErrNotFound)
		},
		"Locked": func(tx *Tx) error {
			end := start.Add(time.Hour)
			if err := tx.PutFailures(Failures{Bucket: "b", UserID: theirs, Customer: "globex", Locked: end, ExpiresAt: end}); err != nil {
				return err
			}
			of := []portico.User{{ID: theirs}}
			right, rightErr := tx.Locked("globex", of)
			locked, err := tx.Locked(wrong, of)
			if len(locked) != 0 || !right[theirs] {
				return fmt.Errorf("finds %v, and %v where it is", locked, right)
			}
			return errors.Join(err, rightErr, ErrNotFound)
		},
		"LockedOut": func(tx *Tx) error {
			n, err := tx.LockedOut(wrong, 10)
			if n != 0 {
				return fmt.Errorf("counts %d", n)
			}
			return errors.Join(err, ErrNotFound)
		},
		"Unnumbered": func(tx *Tx) error {
			found, err := tx.Unnumbered(wrong, 100)
			return othersEntries(wrong, found, err)
		},
		"Entries": func(tx *Tx) error {
			if err := numbered(tx); err != nil {
				return err
			}
			found, err := tx.Entries(wrong, 0, 100)
			return othersEntries(wrong, found, err)
		},
		"FirstAttested": func(tx *Tx) error {
			if err := numbered(tx); err != nil {
				return err
			}
			return countsNone(tx.FirstAttested(wrong))
		},
		"CountEvents": func(tx *Tx) error {
			n, err := tx.CountEvents(wrong)
			if n != 1 { // its own event
				return fmt.Errorf("counts %d", n)
			}
			return errors.Join(err, ErrNotFound)
		},
		"LastNumber": func(tx *Tx) error {
			if err := numbered(tx); err != nil {
				return err
			}
			n, err := tx.LastNumber(wrong)
			if n != -1 {
				return fmt.Errorf("finds %d", n)
			}
			return errors.Join(err, ErrNotFound)
		},
		"NumberEvents": func(tx *Tx) error {
			if _, err := tx.exec("taking the numbers back", `UPDATE events SET number = -1 WHERE customer_id = 'globex'`); err != nil {
				return err
			}
			theirs, err := tx.Unnumbered("globex", 100)
			if err != nil || len(theirs) == 0 {
				return fmt.Errorf("finds %d events: %w", len(theirs), err)
			}
			theirs[0].Number = 5
			if err := tx.NumberEvents(wrong, theirs); err != nil {
				return err
			}
			if n, err := tx.LastNumber("globex"); n != -1 || err != nil {
				return fmt.Errorf("numbers it %d: %w", n, err)
			}
			return ErrNotFound
		},
		"DeleteEntries": func(tx *Tx) error {
			if err := numbered(tx); err != nil {
				return err
			}
			if _, err := tx.DeleteEntries(wrong, 0, 100); err != nil {
				return err
			}
			left, err := tx.Events("globex", portico.EventQuery{}, EventCursor{}, 100)
			if len(left) != 1 {
				return fmt.Errorf("deletes, %d left", len(left))
			}
			return errors.Join(err, ErrNotFound)
		},
		"Checkpoint": func(tx *Tx) error {
			if err := tx.PutCheckpoint("globex", "", "theirs"); err != nil {
				return err
			}
			_, err := tx.Checkpoint(wrong)
			return err
		},
		"PutCheckpoint": func(tx *Tx) error { return tx.PutCheckpoint(wrong, "theirs", "mine") },
		"NoteMailed": func(tx *Tx) error {
			if did, err := tx.NoteMailed(wrong, start.Add(time.Hour)); did {
				return fmt.Errorf("notes it: %w", err)
			}
			return ErrNotFound
		},
		"LogTile": func(tx *Tx) error {
			if err := tx.PutLogTile("globex", 0, 0, []byte("hashes")); err != nil {
				return err
			}
			_, err := tx.LogTile(wrong, 0, 0)
			return err
		},
		"Exempt": func(tx *Tx) error { return tx.Exempt(wrong, theirs, start, "x") },
		"WithoutTwoFactor": func(tx *Tx) error {
			found, err := tx.WithoutTwoFactor(wrong, portico.RoleAdministrator, 100)
			return others(wrong, found, err)
		},
		"Exemptions": func(tx *Tx) error {
			found, err := tx.Exemptions(wrong, 100)
			return others(wrong, found, err)
		},
		"ToRemind": func(tx *Tx) error {
			found, err := tx.ToRemind(wrong, portico.RoleAdministrator, start, "", 100)
			return others(wrong, found, err)
		},
		"ExemptToRemind": func(tx *Tx) error {
			found, err := tx.ExemptToRemind(wrong, start.Add(time.Hour), "", 100)
			return others(wrong, found, err)
		},
		"Remind": func(tx *Tx) error {
			if did, err := tx.Remind(wrong, theirs, start); did {
				return fmt.Errorf("reminds %s: %w", theirs, err)
			}
			return ErrNotFound
		},
		"ActiveInRole": func(tx *Tx) error {
			n, err := tx.ActiveInRole(wrong, portico.RoleAdministrator, "acme-admin")
			if n != 0 {
				return fmt.Errorf("counts %d", n)
			}
			return errors.Join(err, ErrNotFound)
		},
		"ActivePeople": func(tx *Tx) error {
			leads, err := tx.ActivePeople(wrong, portico.RoleAdministrator)
			for _, a := range leads {
				if a.CustomerID != wrong {
					return fmt.Errorf("lists %s", a.ID)
				}
			}
			return errors.Join(err, ErrNotFound)
		},
		"SaveProfile":   func(tx *Tx) error { return tx.SaveProfile(wrong, person(wrong, theirs, portico.RoleUser).User) },
		"DeleteInvited": func(tx *Tx) error { return tx.DeleteInvited(wrong, theirs) },
		"Import": func(tx *Tx) error {
			_, err := tx.Import(wrong, "globex-import")
			return err
		},
		"Imports": func(tx *Tx) error {
			imports, err := tx.Imports(wrong, 10)
			if len(imports) != 1 || imports[0].ID != "acme-import" {
				return fmt.Errorf("lists %v", imports)
			}
			return errors.Join(err, ErrNotFound)
		},
		"UnfinishedImports": func(tx *Tx) error {
			n, _, err := tx.UnfinishedImports(wrong)
			if n != 1 {
				return fmt.Errorf("counts %d", n)
			}
			return errors.Join(err, ErrNotFound)
		},
		"StepImport": func(tx *Tx) error {
			i, err := tx.Import("globex", "globex-import")
			if err != nil {
				return err
			}
			return tx.StepImport(wrong, i, i.Advance(1, portico.ImportCounts{}))
		},
		"MailDelay": func(tx *Tx) error {
			d, err := tx.MailDelay(wrong, "globex-admin")
			if !d.Since.IsZero() {
				return fmt.Errorf("finds %v", d)
			}
			return errors.Join(err, ErrNotFound)
		},
		"MailRefusal": func(tx *Tx) error {
			if err := tx.PutMailRefusal("globex-admin", "globex-admin@example.com", "550 no"); err != nil {
				return err
			}
			m, err := tx.MailRefusal(wrong, "globex-admin")
			if !m.At.IsZero() {
				return fmt.Errorf("finds %v", m)
			}
			return errors.Join(err, ErrNotFound)
		},
		"DeleteImport":      func(tx *Tx) error { return tx.DeleteImport(wrong, "globex-import") },
		"PutImportChunk":    func(tx *Tx) error { return tx.PutImportChunk(wrong, "globex-import", 1, []byte("y")) },
		"ImportChunk":       func(tx *Tx) error { _, err := tx.ImportChunk(wrong, "globex-import", 0); return err },
		"DeleteImportChunk": func(tx *Tx) error { return tx.DeleteImportChunk(wrong, "globex-import", 0) },
		"RefuseRows":        func(tx *Tx) error { return tx.RefuseRows(wrong, "globex-import", 0, 9, nil) },
		"RefusedRows": func(tx *Tx) error {
			rows, err := tx.RefusedRows(wrong, "globex-import", 0, 10)
			if len(rows) != 0 {
				return fmt.Errorf("lists %v", rows)
			}
			return errors.Join(err, ErrNotFound)
		},
		"CreateReset": func(tx *Tx) error { return tx.CreateReset(wrong, resetRequest("globex")) },
		"StepReset":   func(tx *Tx) error { return tx.StepReset(wrong, resetRequest("globex")) },
		"Reset":       func(tx *Tx) error { _, err := tx.Reset(wrong, "globex-reset"); return err },
		"OpenReset":   func(tx *Tx) error { _, err := tx.OpenReset(wrong, theirs); return err },
		"Resets":      func(tx *Tx) error { r, err := tx.Resets(wrong, 9); return othersResets(r, 1, err) },
		"OpenResets":  func(tx *Tx) error { r, err := tx.OpenResets(wrong, 9); return othersResets(r, 1, err) },
		"ResetsOf": func(tx *Tx) error {
			r, err := tx.ResetsOf(wrong, theirs, start.Add(-time.Hour), 9)
			return othersResets(r, 0, err)
		},
		"ResetsBy": func(tx *Tx) error {
			r, err := tx.ResetsBy(wrong, "globex-admin", start.Add(-time.Hour), 9)
			return othersResets(r, 0, err)
		},
		"ResetRequesters": func(tx *Tx) error {
			requesters, err := tx.ResetRequesters(wrong, start.Add(-time.Hour))
			for _, a := range requesters {
				if a.Requests != 1 {
					return fmt.Errorf("counts %v", a)
				}
			}
			return errors.Join(err, ErrNotFound)
		},
		"FormerAdministrators": func(tx *Tx) error {
			if _, err := tx.exec("taking a role away", `UPDATE users SET lead_until = $1 WHERE id = $2`, toMillis(start), theirs); err != nil {
				return err
			}
			if former, err := tx.FormerAdministrators("globex", start.Add(-time.Hour)); len(former) != 1 || err != nil {
				return fmt.Errorf("finds %d where they are: %w", len(former), err)
			}
			former, err := tx.FormerAdministrators(wrong, start.Add(-time.Hour))
			return countsNone(int64(len(former)), err)
		},
		"AdministratorsToWarn": func(tx *Tx) error {
			if _, err := tx.exec("taking a role away", `UPDATE users SET lead_until = $1 WHERE id = $2`, toMillis(start), theirs); err != nil {
				return err
			}
			if former, err := tx.AdministratorsToWarn("globex"); len(former) != 2 || err != nil {
				return fmt.Errorf("finds %d where they are: %w", len(former), err)
			}
			admins, err := tx.AdministratorsToWarn(wrong)
			theirs := slices.DeleteFunc(admins, func(a Account) bool { return a.CustomerID != "globex" })
			return countsNone(int64(len(theirs)), err)
		},
		"FreezingReset": func(tx *Tx) error {
			frozen := resetRequest("globex")
			frozen.Frozen = true
			if err := tx.StepReset("globex", frozen); err != nil {
				return err
			}
			if _, err := tx.FreezingReset("globex", theirs); err != nil {
				return err
			}
			_, err := tx.FreezingReset(wrong, theirs)
			return err
		},
		"Unfreeze": func(tx *Tx) error {
			frozen := resetRequest("globex")
			frozen.Frozen = true
			if err := tx.StepReset("globex", frozen); err != nil {
				return err
			}
			if err := tx.Unfreeze(wrong, theirs); err != nil {
				return err
			}
			if r, err := tx.Reset("globex", "globex-reset"); err != nil || !r.Frozen {
				return fmt.Errorf("thaws %v: %w", r.ID, err)
			}
			return ErrNotFound
		},
		"SaveCallCode": func(tx *Tx) error { return tx.SaveCallCode(wrong, "globex-reset", "hash", start.Add(time.Hour)) },
		"RecordCallAttempt": func(tx *Tx) error {
			if err := tx.SaveCallCode("globex", "globex-reset", "hash", start.Add(time.Hour)); err != nil {
				return err
			}
			return tx.RecordCallAttempt(wrong, "globex-reset")
		},
		"ShowResetCode": func(tx *Tx) error { return tx.ShowResetCode(wrong, "globex-reset") },
		"FlagReset": func(tx *Tx) error {
			if did, err := tx.FlagReset(wrong, "globex-reset"); did {
				return fmt.Errorf("flags it: %w", err)
			}
			return ErrNotFound
		},
		"PolicyGrace": func(tx *Tx) error {
			if err := tx.SavePolicyGrace("globex", portico.ResetPolicy{OncePerDay: true}, start.Add(time.Hour)); err != nil {
				return err
			}
			_, _, err := tx.PolicyGrace(wrong)
			return err
		},
		"LastReset": func(tx *Tx) error {
			done := resetRequest("globex")
			done.State = portico.ResetDone
			if err := tx.StepReset("globex", done); err != nil {
				return err
			}
			_, err := tx.LastReset(wrong, theirs)
			return err
		},
		"RoleChanged": func(tx *Tx) error {
			e := portico.Event{ID: "moved", CustomerID: "globex", At: start, Action: portico.UserRoleChanged, TargetID: theirs, Actor: portico.CommandLine()}
			if err := tx.AppendEvent(e); err != nil {
				return err
			}
			if did, err := tx.RoleChanged("globex", theirs, start); !did || err != nil {
				return fmt.Errorf("is not found where it is: %w", err)
			}
			if did, err := tx.RoleChanged(wrong, theirs, start); did {
				return fmt.Errorf("finds it: %w", err)
			}
			_, err := tx.exec("forgetting it again", `DELETE FROM events WHERE id = 'moved'`)
			return errors.Join(err, ErrNotFound)
		},
		"Changes": func(tx *Tx) error { _, err := tx.Changes(wrong, theirs); return err },
		"Events": func(tx *Tx) error {
			events, err := tx.Events(wrong, portico.EventQuery{Person: theirs}, EventCursor{}, 100)
			if len(events) > 0 {
				return fmt.Errorf("lists events of %s", theirs)
			}
			if err == nil {
				events, err = tx.Events(wrong, portico.EventQuery{}, EventCursor{}, 100)
			}
			for _, e := range events {
				if e.CustomerID != wrong {
					return fmt.Errorf("lists %s", e.ID)
				}
			}
			return errors.Join(err, ErrNotFound)
		},
		"CountedEvents": func(tx *Tx) error {
			if err := tx.PutCount(EventCount{CustomerID: "globex", Hour: start, Share: "s", Action: portico.LoginRefused}); err != nil {
				return err
			}
			found, err := tx.CountedEvents(wrong, start)
			return countsNone(int64(len(found)), err)
		},
		"Unattested": func(tx *Tx) error {
			of, err := tx.Unattested(wrong, 0)
			return countsNone(int64(len(of)), err)
		},
		"KindsCounted": func(tx *Tx) error {
			if err := tx.PutCount(EventCount{CustomerID: "globex", Hour: start, Share: "s", Action: portico.LoginRefused}); err != nil {
				return err
			}
			n, err := tx.KindsCounted(wrong, start, "s")
			return countsNone(int64(n), err)
		},
		"ForgetCounted": func(tx *Tx) error {
			if err := tx.PutCount(EventCount{CustomerID: "globex", Hour: start, Share: "s", Action: portico.LoginRefused}); err != nil {
				return err
			}
			if err := tx.ForgetCounted(wrong, start); err != nil {
				return err
			}
			if found, err := tx.CountedEvents("globex", start); len(found) != 1 || err != nil {
				return fmt.Errorf("removes those of others: %v", err) //nolint:errorlint // it is the wrong ErrNotFound
			}
			return ErrNotFound
		},
		"ForgetFinishedImports": func(tx *Tx) error {
			if err := tx.CreateImport(portico.Import{ID: "done", CustomerID: "globex", UserID: theirs, Phase: portico.ImportDone}); err != nil {
				return err
			}
			if err := tx.ForgetFinishedImports(wrong, 0); err != nil {
				return err
			}
			if _, err := tx.Import("globex", "done"); err != nil {
				return fmt.Errorf("removes those of others: %v", err) //nolint:errorlint // it is the wrong ErrNotFound
			}
			return ErrNotFound
		},
		// These methods name the customer's own row, or write into it.
		"PutLogTile":      nil,
		"Customer":        nil,
		"SavePolicy":      nil,
		"SavePolicyGrace": nil,
		"SaveCustomer":    nil, "SuspendCustomer": nil, "SaveProviderAccess": nil, "PutLogo": nil,
	}
	for name, call := range calls {
		if call == nil {
			continue
		}
		update(t, db, func(tx *Tx) error {
			if err := call(tx); !errors.Is(err, ErrNotFound) {
				t.Errorf("%s reaches another customer: %v", name, err)
			}
			return nil
		})
	}
	if u, err := db.Read(context.Background()).User("globex", theirs); err != nil || u.Status != portico.Invited {
		t.Errorf("globex's person was changed: %+v %v", u, err)
	}
	for _, name := range scopedMethods(t) {
		if _, covered := calls[name]; !covered {
			t.Errorf("%s takes a customer and is not called here", name)
		}
	}
}

// others returns an error that names a person of another customer, and
// otherwise ErrNotFound.
func others(c portico.CustomerID, found []portico.User, err error) error {
	for _, u := range found {
		if u.CustomerID != c {
			return fmt.Errorf("lists %s", u.ID)
		}
	}
	return errors.Join(err, ErrNotFound)
}

// countsNone returns ErrNotFound if nothing of others was counted.
func countsNone(n int64, err error) error {
	if err == nil && n > 0 {
		return fmt.Errorf("counts %d", n)
	}
	return errors.Join(err, ErrNotFound)
}

// othersEntries is others for events of the log.
func othersEntries(c portico.CustomerID, found []Entry, err error) error {
	for _, e := range found {
		if e.CustomerID != c {
			return fmt.Errorf("lists %s", e.ID)
		}
	}
	return errors.Join(err, ErrNotFound)
}

// numbered assigns a number to globex's event, if it has none yet.
func numbered(tx *Tx) error {
	theirs, err := tx.Unnumbered("globex", 1)
	if err != nil || len(theirs) == 0 {
		return err
	}
	theirs[0].Number = 0
	return tx.NumberEvents("globex", theirs)
}

// othersResets returns an error that names a request of another customer, and
// otherwise ErrNotFound.
func othersResets(found []Reset, want int, err error) error {
	for _, r := range found {
		if r.CustomerID != "acme" {
			return fmt.Errorf("lists %s", r.ID)
		}
	}
	if len(found) != want {
		return fmt.Errorf("lists %d", len(found))
	}
	return errors.Join(err, ErrNotFound)
}
