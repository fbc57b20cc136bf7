package audit

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"
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
	if err := v.beginning(); err != nil {
		return err
	}
	if v.kept < 0 {
		v.kept = v.size
	}
	switch signed := r.Signed.Kept; {
	case v.kept > signed:
		v.found(signed+1, "was removed, with everything to number %d", v.kept)
	case v.kept < signed:
		v.found(v.kept+1, "is there again, though retention had deleted it")
	}
	whole := v.outside()
	if v.size != r.Signed.Size {
		v.found(v.size+1, "numbers %d to %d are missing in the file", v.size+1, r.Signed.Size)
	} else if ok, err := v.agrees(r.Signed); err != nil {
		return err
	} else if !ok && whole {
		v.found(v.behind(r.Signed.Size)+1, "or one behind it up to number %d was changed together with its hash: they do not fit the signed checkpoint", r.Signed.Size)
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return int(a.Number - b.Number) })
	return nil
}

// beginning tells of the events that the portal did not attest.
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
	if signed == 0 && v.old > 0 {
		r.Notes = append(r.Notes, "This file is from an older version, which cannot tell such events from forged ones: export it again.")
	}
	return nil
}

// outside holds the log against what was kept elsewhere, and says whether all
// of that is in it.
func (v *verifier) outside() bool {
	for _, c := range v.report.Outside {
		if c.Size > v.size {
			v.found(v.size+1, "was cut off, with everything to number %d: the checkpoint of %s, held outside, has them", c.Size, c.At.Format(time.RFC3339))
			return false
		}
		if ok, err := v.agrees(c); err != nil || !ok {
			v.found(v.behind(c.Size)+1, "or one behind it up to number %d is another than it was: they do not fit the checkpoint of %s, held outside", c.Size, c.At.Format(time.RFC3339))
			return false
		}
	}
	return true
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
