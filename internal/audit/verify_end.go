package audit

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"portico"
)

// end checks the whole against the checkpoints.
func (v *verifier) end() error {
	if v.signed == "" {
		return errors.New("the file has no end: export it again")
	}
	r := v.report
	var err error
	if r.Signed, err = open(v.signed, v.known); err != nil {
		return err
	}
	if r.Signed.Customer != v.customer {
		return errors.New("the checkpoint in the file is of another log")
	}
	r.Log = originPrefix + string(r.Signed.Customer)
	if err := v.firstLine(); err != nil {
		return err
	}
	if err := v.beginning(); err != nil {
		return err
	}
	if v.kept < 0 {
		v.kept = v.size
	}
	switch signed := r.Signed.Kept; {
	case v.kept > signed:
		v.addFinding(signed+1, "was removed, with everything to number %d", v.kept)
	case v.kept < signed:
		v.addFinding(v.kept+1, "is there again, though retention had deleted it")
	}
	whole := v.outside()
	if v.size != r.Signed.Size {
		v.addFinding(v.size+1, "numbers %d to %d are missing in the file", v.size+1, r.Signed.Size)
	} else if v.claim != v.size {
		return errors.New("the first line of the file and its checkpoint do not agree how many events there are: export it again")
	} else if ok, err := v.agrees(r.Signed); err != nil {
		return err
	} else if !ok && whole {
		v.addFinding(v.behind(r.Signed.Size)+1, "or one behind it up to number %d was changed together with its hash: they do not fit the signed checkpoint", r.Signed.Size)
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return int(a.Number - b.Number) })
	return nil
}

// firstLine checks that the key in the first line of the file is the one that
// signed its checkpoint.
func (v *verifier) firstLine() error {
	k, err := note.NewVerifier(v.key)
	if err == nil {
		_, err = open(v.signed, note.VerifierList(k))
	}
	if err != nil {
		return fmt.Errorf("the key in the first line of the file is another than its checkpoint is signed with: export it again (%w)", err)
	}
	return nil
}

// beginning tells of the events that the portal did not attest, and of those
// that were deleted as older than the log.
func (v *verifier) beginning() error {
	r := v.report
	signed := r.Signed.Attested + 1
	if r.Signed.Began.IsZero() {
		signed = 0
	}
	if v.from != signed {
		return errors.New("the first line of the file and its checkpoint do not agree from which number on events are attested: export it again")
	}
	if v.old > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("Before number %d stand %d events from before the portal attested its events: who wrote them is not proved.", v.lastOld+1, v.old))
	}
	if v.unproved > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("Unproved are %d events of commands that work without the keyset: anybody who can write into the database can write them too. "+
			"Compare them with what was done.", v.unproved))
	}
	if v.trim.first > 0 && v.trim.oldest.Before(r.Signed.Began) {
		r.Notes = append(r.Notes, fmt.Sprintf("Event %d says that events from before %s were deleted, which is before this log began (%s): that is right where an older version began it.",
			v.trim.first, v.trim.oldest.Format(sayDay), r.Signed.Began.Format(sayDay)))
	}
	if signed == 0 && v.old > 0 {
		r.Notes = append(r.Notes, "This file is from an older version, which cannot tell such events from forged ones: export it again.")
	}
	return nil
}

// outside holds the log against what was kept elsewhere, and says whether all
// of that is in it.
func (v *verifier) outside() bool {
	youngest := v.youngestTrimmed()
	for _, c := range v.report.Outside {
		if kept := v.report.Signed.Kept; kept > c.Size && c.At.After(youngest) {
			v.addFinding(c.Size+1, "was deleted as old, with everything to number %d, though the checkpoint of %s, held outside, is older than it and too young for that",
				kept, c.At.Format(time.RFC3339))
		}
		if c.Size > v.size {
			v.addFinding(v.size+1, "was cut off, with everything to number %d: the checkpoint of %s, held outside, has them", c.Size, c.At.Format(time.RFC3339))
			return false
		}
		if ok, err := v.agrees(c); err != nil || !ok {
			v.addFinding(v.behind(c.Size)+1, "or one behind it up to number %d is another than it was: they do not fit the checkpoint of %s, held outside", c.Size, c.At.Format(time.RFC3339))
			return false
		}
	}
	return true
}

// youngestTrimmed returns the latest time that an event deleted by retention can
// have: what the log's own events say, to the day, or else what the shortest
// policy allows.
func (v *verifier) youngestTrimmed() time.Time {
	if v.trim.first > 0 {
		return v.trim.newest.AddDate(0, 0, 1)
	}
	return v.report.Signed.At.AddDate(0, -portico.MinAuditMonths, 0)
}

// behind is the size of the largest checkpoint held outside that is smaller
// than size, and fits: what is known to be as it was.
func (v *verifier) behind(size int64) (known int64) {
	for _, c := range v.report.Outside {
		if ok, err := v.agrees(c); err == nil && ok && c.Size < size {
			known = c.Size
		}
	}
	return known
}

func (v *verifier) agrees(c Checkpoint) (bool, error) {
	root, err := tlog.TreeHash(c.Size, v.tree)
	return root == c.Root, err
}
