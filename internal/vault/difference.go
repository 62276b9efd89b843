package vault

import (
	"strconv"

	"github.com/countersign-auth/countersign/internal/policy"
)

// Settings lists what a profile says, each by its name in the stored form.
func (p *Profile) Settings() []policy.Change {
	n := strconv.Itoa
	all := []policy.Change{
		{Path: "suite", New: p.Suite}, {Path: "assist", New: p.Assist}, {Path: "variant", New: p.Variant}, {Path: "wrap", New: p.Wrap}, {Path: "static", New: p.Static}, {Path: "adding", New: p.Adding}, {Path: "response", New: p.Response},
	}
	all = append(append(all, p.Key.settings("key")...), p.Data.settings("data")...)
	return append(
		all,
		policy.Change{Path: "low_uses", New: n(p.LowUses)}, policy.Change{Path: "low_share", New: n(p.LowShare)}, policy.Change{Path: "keys", New: n(p.Keys)},
		policy.Change{Path: "cache", New: n(int(p.Cache))}, policy.Change{Path: "token_days", New: n(p.TokenDays)},
	)
}

func (t *Threshold) settings(of string) []policy.Change {
	return []policy.Change{
		{Path: of + ".uses", New: strconv.Itoa(t.Uses)},
		{Path: of + ".hours", New: strconv.Itoa(t.Hours)},
		{Path: of + ".amount", New: strconv.FormatInt(t.Amount, 10)},
		{Path: of + ".currency", New: t.Currency},
		{Path: of + ".foreign", New: t.Foreign},
	}
}

// Differences lists what another profile says otherwise.
func (p *Profile) Differences(to *Profile) (all []policy.Change) {
	old := p.Settings()
	for i, c := range to.Settings() {
		if c.New != old[i].New {
			all = append(all, policy.Change{Path: c.Path, Old: old[i].New, New: c.New})
		}
	}
	return all
}
