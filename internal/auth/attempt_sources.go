package auth

import (
	"net/netip"
	"slices"

	"portico"
	"portico/internal/store"
)

// sourceAllows returns TooMany for an address or a network with too many
// failures. During an alert, the limits of networks that wrong codes have come
// from are divided by alertDivisor.
func (s *Service) sourceAllows(r *store.Reader, v Visit) error {
	address, subnet := sourceOf(v.Origin)
	stricter, err := alertDivisorFor(r, subnet)
	if err != nil {
		return err
	}
	for _, source := range []struct {
		kind, bucket string
		text         portico.Text
	}{
		{addressBucket, address, "Too many failed attempts came from your address. Try again in {0}."},
		{subnetBucket, subnet, "Too many failed attempts came from your network. Try again in {0}."},
	} {
		f, err := failures(r, source.kind+"/"+source.bucket, source.kind, "")
		if err != nil {
			return err
		}
		if wait := waitAt(f, r.Now, s.timesFor(v.Origin), stricter); wait > 0 {
			return tooMany(source.text, wait)
		}
	}
	return nil
}

// recordSourceFailure records a failure for the visit's address and network.
func (s *Service) recordSourceFailure(tx *store.Tx, v Visit) error {
	address, subnet := sourceOf(v.Origin)
	for kind, bucket := range map[string]string{addressBucket: address, subnetBucket: subnet} {
		f, err := failures(&tx.Reader, kind+"/"+bucket, kind, "")
		if err != nil {
			return err
		}
		if err := tx.PutFailures(failAt(f, tx.Now, 1, s.timesFor(v.Origin))); err != nil {
			return err
		}
	}
	return nil
}

// timesFor returns how many times the failures of other sources the visit's
// source may have.
func (s *Service) timesFor(o portico.Origin) int {
	ip, err := netip.ParseAddr(o.Address)
	if err == nil && slices.ContainsFunc(s.offices, func(n netip.Prefix) bool { return n.Contains(ip.Unmap().WithZone("")) }) {
		return officeTimes
	}
	return 1
}
