package store

import (
	"encoding/json"
	"fmt"
	"sync"

	"portico"
)

// policies caches parsed policies: every request reads a policy, and few of
// them differ.
var policies = struct {
	sync.RWMutex
	of map[string]portico.Policy
}{of: map[string]portico.Policy{}}

// mostPolicies is the largest number of cached policies. When it is reached,
// the cache is emptied.
const mostPolicies = 10_000

// policyOf parses a stored policy. The zero policy is stored as "". A policy
// that cannot be read is an error, so that nobody gets access by it.
func policyOf(text string) (portico.Policy, error) {
	if text == "" {
		return portico.Policy{}, nil
	}
	policies.RLock()
	p, known := policies.of[text]
	policies.RUnlock()
	if known {
		return p, nil
	}
	if err := json.Unmarshal([]byte(text), &p); err != nil || text == "null" {
		return portico.Policy{}, fmt.Errorf("reading a policy: %w", err)
	}
	policies.Lock()
	defer policies.Unlock()
	if len(policies.of) >= mostPolicies {
		clear(policies.of)
	}
	policies.of[text] = p
	return p, nil
}

func policyText(p portico.Policy) (string, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("writing a policy: %w", err)
	}
	return string(b), nil
}
