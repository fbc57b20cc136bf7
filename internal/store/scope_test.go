package store

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"portico"
)

// The methods that take a customer are called for acme, with what globex has.
const (
	wrong  = portico.CustomerID("acme")
	right  = portico.CustomerID("globex")
	theirs = portico.UserID("globex-invited")
	anHour = time.Hour
)

// scoped is a call of one method for the wrong customer.
type scoped struct {
	call  func(tx *Tx) error // returns an error if it reaches globex
	given func(tx *Tx) error // makes what globex has, before the call; may be nil
	still func(tx *Tx) error // returns an error if the call changed it; may be nil
}

// ownRow are methods that name the customer's own row, or write into it.
var ownRow = []string{
	"PutLogTile", "Customer", "SavePolicy", "SavePolicyGrace", "SaveCustomer", "SuspendCustomer", "SaveProviderAccess", "PutLogo", "SaveDeletion", "BeginDeletion",
}

// scopedCalls has a line for each other method, by its name.
var scopedCalls = map[string]scoped{
	// people
	"User":        {call: func(tx *Tx) error { return missing(tx.User(wrong, theirs)) }},
	"UserByLogin": {call: func(tx *Tx) error { return missing(tx.UserByLogin(wrong, "globex-invited")) }},
	"People":      {call: peopleOfOthers},
	"RemindedAt":  {call: func(tx *Tx) error { _, err := tx.RemindedAt(wrong, theirs); return refused(err) }},
	"PeopleBefore": {call: func(tx *Tx) error {
		for _, q := range queries {
			people, err := tx.PeopleBefore(wrong, q, theirs, 100)
			if !errors.Is(err, ErrNotFound) && (err != nil || len(people.Users) > 0) {
				return fmt.Errorf("%d people before %s: %w", len(people.Users), theirs, err)
			}
		}
		return nil
	}},
	"UsersByEmails": {call: func(tx *Tx) error {
		u, err := tx.UsersByEmails(wrong, []string{"globex-invited@example.com"})
		return none(len(u), err)
	}},
	"Counts":           {call: func(tx *Tx) error { n, err := tx.Counts("nobody"); return none(len(n), err) }},
	"ActiveInRole":     {call: func(tx *Tx) error { return none(tx.ActiveInRole(wrong, portico.RoleAdministrator, "acme-admin")) }},
	"ActivePeople":     {call: func(tx *Tx) error { return ours(tx.ActivePeople(wrong, portico.RoleAdministrator)) }},
	"WithPasskey":      {call: func(tx *Tx) error { return none(tx.WithPasskey(wrong, portico.RoleAdministrator)) }},
	"WithoutPasskey":   {call: func(tx *Tx) error { return ours(tx.WithoutPasskey(wrong, portico.RoleAdministrator, 100)) }},
	"WithoutTwoFactor": {call: func(tx *Tx) error { return ours(tx.WithoutTwoFactor(wrong, portico.RoleAdministrator, 100)) }},
	"SaveProfile": {call: func(tx *Tx) error {
		return refused(tx.SaveProfile(wrong, person(wrong, theirs, portico.RoleUser).User))
	}},
	"DeleteUser":    {call: func(tx *Tx) error { return refused(tx.DeleteUser(wrong, theirs)) }},
	"ChangeLoginID": {call: func(tx *Tx) error { return refused(tx.ChangeLoginID(wrong, theirs, "mine", "mine")) }},
	"Changes":       {call: func(tx *Tx) error { return missing(tx.Changes(wrong, theirs)) }},
	"MailDelay":     {call: func(tx *Tx) error { d, err := tx.MailDelay(wrong, "globex-admin"); return none(!d.Since.IsZero(), err) }},
	"MailRefusal": {
		given: func(tx *Tx) error { return tx.PutMailRefusal("globex-admin", "globex-admin@example.com", "550 no") },
		call:  func(tx *Tx) error { m, err := tx.MailRefusal(wrong, "globex-admin"); return none(!m.At.IsZero(), err) },
		still: func(tx *Tx) error { m, err := tx.MailRefusal(right, "globex-admin"); return found(!m.At.IsZero(), err) },
	},
	"Locked": {
		given: lockedOut,
		call:  func(tx *Tx) error { l, err := tx.Locked(wrong, []portico.User{{ID: theirs}}); return none(len(l), err) },
		still: func(tx *Tx) error {
			l, err := tx.Locked(right, []portico.User{{ID: theirs}})
			return number(1, len(l), err)
		},
	},
	"LockedOut": {given: lockedOut, call: func(tx *Tx) error { return none(tx.LockedOut(wrong, 10)) }},
	"FormerAdministrators": {
		given: demoted,
		call: func(tx *Tx) error {
			l, err := tx.FormerAdministrators(wrong, start.Add(-anHour))
			return none(len(l), err)
		},
		still: func(tx *Tx) error {
			l, err := tx.FormerAdministrators(right, start.Add(-anHour))
			return number(1, len(l), err)
		},
	},
	"AdministratorsToWarn": {
		given: demoted,
		call:  func(tx *Tx) error { return ours(tx.AdministratorsToWarn(wrong)) },
		still: func(tx *Tx) error { l, err := tx.AdministratorsToWarn(right); return number(2, len(l), err) },
	},
	"DeletedAdministrators": {
		given: func(tx *Tx) error {
			return tx.AppendEvent(portico.Event{
				ID: "deleted", CustomerID: right, At: start, Action: portico.UserDeleted, TargetID: "gone", Actor: portico.CommandLine(),
				Details: portico.DeletionDetails{Role: portico.RoleAdministrator, Administrator: true}.Stored(),
			})
		},
		call:  func(tx *Tx) error { return none(tx.DeletedAdministrators(wrong, start)) },
		still: func(tx *Tx) error { n, err := tx.DeletedAdministrators(right, start); return number(1, n, err) },
	},
	"RoleChanged": {
		given: func(tx *Tx) error {
			return tx.AppendEvent(portico.Event{ID: "moved", CustomerID: right, At: start, Action: portico.UserRoleChanged, TargetID: theirs, Actor: portico.CommandLine()})
		},
		call:  func(tx *Tx) error { return none(tx.RoleChanged(wrong, theirs, start)) },
		still: func(tx *Tx) error { return found(tx.RoleChanged(right, theirs, start)) },
	},

	// exemptions and reminders
	"Exempt":         {call: func(tx *Tx) error { return refused(tx.Exempt(wrong, theirs, start, "x")) }},
	"Exemptions":     {call: func(tx *Tx) error { return ours(tx.Exemptions(wrong, 100)) }},
	"ExemptToRemind": {call: func(tx *Tx) error { return ours(tx.ExemptToRemind(wrong, start.Add(anHour), "", 100)) }},
	"ToRemind": {call: func(tx *Tx) error {
		return ours(tx.ToRemind(wrong, portico.User{Role: portico.RoleAdministrator}, start, "", 100))
	}},
	"Remind": {call: func(tx *Tx) error { return none(tx.Remind(wrong, theirs, start)) }},

	// events and the log
	"Events":      {call: eventsOfOthers},
	"CountEvents": {call: func(tx *Tx) error { n, err := tx.CountEvents(wrong); return number(1, n, err) }}, // its own event
	"Unnumbered":  {call: func(tx *Tx) error { return ours(tx.Unnumbered(wrong, 100)) }},
	"Unattested":  {call: func(tx *Tx) error { l, err := tx.Unattested(wrong, 0); return none(len(l), err) }},
	"Entries":     {given: numbered, call: func(tx *Tx) error { return ours(tx.Entries(wrong, 0, 100)) }},
	"FirstAttested": {
		given: numbered,
		call:  func(tx *Tx) error { return none(tx.FirstAttested(wrong)) },
	},
	"FirstSince": {given: numbered, call: func(tx *Tx) error { n, err := tx.FirstSince(wrong, time.Time{}); return none(n, err) }},
	"LastNumber": {given: numbered, call: func(tx *Tx) error { n, err := tx.LastNumber(wrong); return number(-1, n, err) }},
	"NumberEvents": {
		given: func(tx *Tx) error {
			_, err := tx.exec("taking the numbers back", `UPDATE events SET number = -1 WHERE customer_id = 'globex'`)
			return err
		},
		call: func(tx *Tx) error {
			events, err := tx.Unnumbered(right, 100)
			if err != nil || len(events) == 0 {
				return fmt.Errorf("globex has %d events: %w", len(events), err)
			}
			events[0].Number = 5
			return tx.NumberEvents(wrong, events)
		},
		still: func(tx *Tx) error { n, err := tx.LastNumber(right); return number(-1, n, err) },
	},
	"DeleteEntries": {
		given: numbered,
		call:  func(tx *Tx) error { _, err := tx.DeleteEntries(wrong, 0, 100); return err },
		still: func(tx *Tx) error {
			left, err := tx.Events(right, portico.EventQuery{}, EventCursor{}, 100)
			return number(1, len(left), err)
		},
	},
	"Checkpoint": {
		given: func(tx *Tx) error { return tx.PutCheckpoint(right, "", "theirs") },
		call:  func(tx *Tx) error { return missing(tx.Checkpoint(wrong)) },
	},
	"PutCheckpoint": {call: func(tx *Tx) error { return refused(tx.PutCheckpoint(wrong, "theirs", "mine")) }},
	"NoteMailed":    {call: func(tx *Tx) error { return none(tx.NoteMailed(wrong, start.Add(anHour))) }},
	"LogTile": {
		given: func(tx *Tx) error { return tx.PutLogTile(right, 0, 0, []byte("hashes")) },
		call:  func(tx *Tx) error { return missing(tx.LogTile(wrong, 0, 0)) },
	},
	"CountedEvents": {given: counted, call: func(tx *Tx) error { l, err := tx.CountedEvents(wrong, start); return none(len(l), err) }},
	"KindsCounted":  {given: counted, call: func(tx *Tx) error { return none(tx.KindsCounted(wrong, start, "s")) }},
	"ForgetCounted": {
		given: counted,
		call:  func(tx *Tx) error { return tx.ForgetCounted(wrong, start) },
		still: func(tx *Tx) error { l, err := tx.CountedEvents(right, start); return number(1, len(l), err) },
	},

	// deleted customers
	"DeletePart": {
		call: func(tx *Tx) error {
			for more := true; more; {
				var err error
				if more, err = tx.DeletePart(wrong); err != nil {
					return err
				}
			}
			return nil
		},
		still: func(tx *Tx) error {
			people, err := tx.People(right, portico.PeopleQuery{}, "", 100)
			imports, importsErr := tx.Imports(right, 10)
			_, resetErr := tx.Reset(right, "globex-reset")
			return errors.Join(number(2, len(people.Users), err), number(1, len(imports), importsErr), resetErr)
		},
	},
	"ForgetCheckpoint": {
		given: func(tx *Tx) error { return tx.PutCheckpoint(right, "", "theirs") },
		call:  func(tx *Tx) error { return refused(tx.ForgetCheckpoint(wrong, "theirs")) },
	},
	"ForgetLog": {
		given: func(tx *Tx) error { return tx.PutLogTile(right, 0, 0, []byte("hashes")) },
		call:  func(tx *Tx) error { _, err := tx.ForgetLog(wrong); return err },
		still: func(tx *Tx) error { _, err := tx.LogTile(right, 0, 0); return err },
	},

	// imports
	"Import": {call: func(tx *Tx) error { return missing(tx.Import(wrong, "globex-import")) }},
	"Imports": {call: func(tx *Tx) error {
		l, err := tx.Imports(wrong, 10)
		return errors.Join(ours(l, err), number(1, len(l), err))
	}},
	"UnfinishedImports": {call: func(tx *Tx) error { n, _, err := tx.UnfinishedImports(wrong); return number(1, n, err) }},
	"StepImport": {call: func(tx *Tx) error {
		i, err := tx.Import(right, "globex-import")
		if err != nil {
			return err
		}
		return refused(tx.StepImport(wrong, i, i.Advance(1, portico.ImportCounts{})))
	}},
	"DeleteImport":       {call: func(tx *Tx) error { return refused(tx.DeleteImport(wrong, "globex-import")) }},
	"PutImportChunk":     {call: func(tx *Tx) error { return refused(tx.PutImportChunk(wrong, "globex-import", 1, []byte("y"))) }},
	"ReplaceImportChunk": {call: func(tx *Tx) error { return refused(tx.ReplaceImportChunk(wrong, "globex-import", 0, []byte("y"))) }},
	"ImportChunk":        {call: func(tx *Tx) error { return missing(tx.ImportChunk(wrong, "globex-import", 0)) }},
	"DeleteImportChunk":  {call: func(tx *Tx) error { return refused(tx.DeleteImportChunk(wrong, "globex-import", 0)) }},
	"RefuseRows":         {call: func(tx *Tx) error { return refused(tx.RefuseRows(wrong, "globex-import", 0, 9, nil)) }},
	"RefusedRows":        {call: func(tx *Tx) error { l, err := tx.RefusedRows(wrong, "globex-import", 0, 10); return none(len(l), err) }},
	"ForgetFinishedImports": {
		given: func(tx *Tx) error {
			return tx.CreateImport(portico.Import{ID: "done", CustomerID: right, UserID: theirs, Phase: portico.ImportDone})
		},
		call:  func(tx *Tx) error { return tx.ForgetFinishedImports(wrong, 0) },
		still: func(tx *Tx) error { _, err := tx.Import(right, "done"); return err },
	},

	// requests to delete a 2FA setup
	"CreateReset": {call: func(tx *Tx) error { return refused(tx.CreateReset(wrong, resetRequest("globex"))) }},
	"StepReset":   {call: func(tx *Tx) error { return refused(tx.StepReset(wrong, resetRequest("globex"))) }},
	"Reset":       {call: func(tx *Tx) error { return missing(tx.Reset(wrong, "globex-reset")) }},
	"OpenReset":   {call: func(tx *Tx) error { return missing(tx.OpenReset(wrong, theirs)) }},
	"Resets": {call: func(tx *Tx) error {
		l, err := tx.Resets(wrong, 9)
		return errors.Join(ours(l, err), number(1, len(l), err))
	}},
	"OpenResetsOf": {
		call: func(tx *Tx) error {
			l, err := tx.OpenResetsOf(wrong, []portico.User{{ID: theirs}})
			return none(len(l), err)
		},
		still: func(tx *Tx) error {
			l, err := tx.OpenResetsOf(right, []portico.User{{ID: theirs}})
			return number(1, len(l), err)
		},
	},
	"CountOpenResets": {
		call: func(tx *Tx) error {
			roles := portico.Roles(wrong)
			n, err := tx.CountOpenResets(wrong, roles, theirs, 9)
			return number(1, n, err)
		},
		still: func(tx *Tx) error {
			n, err := tx.CountOpenResets(right, portico.Roles(right), "", 9)
			return number(1, n, err)
		},
	},
	"OpenResets": {call: func(tx *Tx) error {
		l, err := tx.OpenResets(wrong, 9)
		return errors.Join(ours(l, err), number(1, len(l), err))
	}},
	"ResetsOf": {call: func(tx *Tx) error {
		l, err := tx.ResetsOf(wrong, theirs, start.Add(-anHour), 9)
		return none(len(l), err)
	}},
	"ResetsBy": {call: func(tx *Tx) error {
		l, err := tx.ResetsBy(wrong, "globex-admin", start.Add(-anHour), 9)
		return none(len(l), err)
	}},
	"ResetRequesters": {call: func(tx *Tx) error {
		requesters, err := tx.ResetRequesters(wrong, start.Add(-anHour))
		for _, a := range requesters {
			err = errors.Join(err, number(1, a.Requests, nil))
		}
		return err
	}},
	"LastReset": {
		given: func(tx *Tx) error {
			r := resetRequest("globex")
			r.State = portico.ResetDone
			return tx.StepReset(right, r)
		},
		call: func(tx *Tx) error { return missing(tx.LastReset(wrong, theirs)) },
	},
	"FreezingReset": {
		given: frozen,
		call:  func(tx *Tx) error { return missing(tx.FreezingReset(wrong, theirs)) },
		still: func(tx *Tx) error { _, err := tx.FreezingReset(right, theirs); return err },
	},
	"Unfreeze": {
		given: frozen,
		call:  func(tx *Tx) error { return tx.Unfreeze(wrong, theirs) },
		still: func(tx *Tx) error { r, err := tx.Reset(right, "globex-reset"); return found(r.Frozen, err) },
	},
	"SaveCallCode": {call: func(tx *Tx) error { return refused(tx.SaveCallCode(wrong, "globex-reset", "hash", start.Add(anHour))) }},
	"RecordCallAttempt": {
		given: func(tx *Tx) error { return tx.SaveCallCode(right, "globex-reset", "hash", start.Add(anHour)) },
		call:  func(tx *Tx) error { return refused(tx.RecordCallAttempt(wrong, "globex-reset")) },
	},
	"ShowResetCode": {call: func(tx *Tx) error { return refused(tx.ShowResetCode(wrong, "globex-reset")) }},
	"FlagReset":     {call: func(tx *Tx) error { return none(tx.FlagReset(wrong, "globex-reset")) }},
	"PolicyGrace": {
		given: func(tx *Tx) error {
			return tx.SavePolicyGrace(right, portico.ResetPolicy{OncePerDay: true}, start.Add(anHour))
		},
		call: func(tx *Tx) error { _, _, err := tx.PolicyGrace(wrong); return refused(err) },
	},
}

// TestC15_OtherCustomersRowsAreNotFound calls the methods that take a customer
// with a wrong one. It fails if a method is missing here.
func TestC15_OtherCustomersRowsAreNotFound(t *testing.T) {
	db := open(t, t.TempDir())
	twoCustomers(t, db)
	undo := errors.New("each call finds the rows as they were")
	for name, c := range scopedCalls {
		err := db.Update(t.Context(), portico.CommandLine(), func(tx *Tx) error {
			for _, step := range []struct {
				what string
				do   func(*Tx) error
			}{{"is not given what it could reach", c.given}, {"reaches another customer", c.call}, {"changes another customer's", c.still}, {"changes globex's person", asInvited}} {
				if step.do == nil {
					continue
				}
				if err := step.do(tx); err != nil {
					t.Errorf("%s %s: %v, want no error", name, step.what, err)
				}
			}
			return undo
		})
		if !errors.Is(err, undo) {
			t.Errorf("%s: Update returned %v, want %v", name, err, undo)
		}
	}
	for _, name := range scopedMethods(t) {
		if _, covered := scopedCalls[name]; !covered && !slices.Contains(ownRow, name) {
			t.Errorf("%s takes a customer and is not called here", name)
		}
	}
}

// refused expects ErrNotFound.
func refused(err error) error {
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return fmt.Errorf("got the error %v, want ErrNotFound", err) //nolint:errorlint // another error is not to be taken for ErrNotFound
}

// missing is refused for methods that also return what they found.
func missing[T any](_ T, err error) error { return refused(err) }

// number expects so many.
func number[T int | int64](want, got T, err error) error {
	if got != want || err != nil {
		return fmt.Errorf("got %d and the error %v, want %d", got, err, want) //nolint:errorlint // for reading
	}
	return nil
}

// none expects the zero value, with or without ErrNotFound.
func none[T comparable](got T, err error) error {
	var zero T
	if got != zero || err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("got %v and the error %v, want %v", got, err, zero) //nolint:errorlint // for reading
	}
	return nil
}

// found expects what none does not.
func found(is bool, err error) error {
	if !is || err != nil {
		return fmt.Errorf("got %v and the error %v where it is, want true", is, err) //nolint:errorlint // for reading
	}
	return nil
}

// ours expects nothing of globex in a list.
func ours[T any](list []T, err error) error {
	for _, row := range list {
		if c := customerOf(row); c != wrong {
			return fmt.Errorf("lists %+v of %q", row, c)
		}
	}
	return err
}

func customerOf(row any) portico.CustomerID {
	switch r := row.(type) {
	case portico.User:
		return r.CustomerID
	case Account:
		return r.CustomerID
	case Entry:
		return r.CustomerID
	case portico.Event:
		return r.CustomerID
	case portico.Import:
		return r.CustomerID
	case Reset:
		return r.CustomerID
	}
	return "" // is nobody's, and fails
}

// asInvited expects globex's person as twoCustomers made it.
func asInvited(tx *Tx) error {
	u, err := tx.User(right, theirs)
	return found(u.Status == portico.Invited, err)
}

func peopleOfOthers(tx *Tx) error {
	for _, q := range queries {
		people, err := tx.People(wrong, q, "", 100)
		if err := ours(people.Users, err); err != nil {
			return err
		}
		if _, err := tx.People(wrong, q, theirs, 100); !errors.Is(err, ErrNotFound) && q.Search == "" && q.Label == "" {
			return fmt.Errorf("goes on from %s: %w", theirs, err)
		}
	}
	return nil
}

func eventsOfOthers(tx *Tx) error {
	about, err := tx.Events(wrong, portico.EventQuery{Person: theirs}, EventCursor{}, 100)
	if err := none(len(about), err); err != nil {
		return err
	}
	return ours(tx.Events(wrong, portico.EventQuery{}, EventCursor{}, 100))
}

// lockedOut locks globex's person out.
func lockedOut(tx *Tx) error {
	end := start.Add(anHour)
	return tx.PutFailures(Failures{Bucket: "b", UserID: theirs, Customer: right, Locked: end, ExpiresAt: end})
}

// demoted takes a role away from globex's person.
func demoted(tx *Tx) error {
	_, err := tx.exec("taking a role away", `UPDATE users SET lead_until = $1 WHERE id = $2`, toMillis(start), theirs)
	return err
}

// counted counts an event of globex.
func counted(tx *Tx) error {
	return tx.PutCount(EventCount{CustomerID: right, Hour: start, Share: "s", Action: portico.LoginRefused})
}

// frozen freezes globex's request.
func frozen(tx *Tx) error {
	r := resetRequest("globex")
	r.Frozen = true
	return tx.StepReset(right, r)
}

// numbered assigns a number to globex's event, if it has none yet.
func numbered(tx *Tx) error {
	events, err := tx.Unnumbered(right, 1)
	if err != nil || len(events) == 0 {
		return err
	}
	events[0].Number = 0
	return tx.NumberEvents(right, events)
}
