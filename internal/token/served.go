package token

import (
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Served returns the policies that a token can serve: those of its model, those of use
// sign only when it has a signing key, which a device of such a model may lack.
func Served(tx *db.Tx, d device.Device, set *policy.Set) (all []policy.Policy, err error) {
	model, _ := set.Model(d.Model)
	for _, code := range model.Policies {
		if p, known := set.Policy(code); known {
			all = append(all, p)
		}
	}
	if anyOf, _ := set.Signs(model.Policies); !anyOf {
		return all, nil
	}
	keys, err := KeysOf(tx, d.ID)
	for _, k := range keys {
		if k.Usage == UseSign {
			return all, err
		}
	}
	codes := all[:0]
	for _, p := range all {
		if p.Use != policy.UseSign {
			codes = append(codes, p)
		}
	}
	return codes, err
}
