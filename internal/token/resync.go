package token

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/oath"
)

// Kinds of audit records about synchronization.
const (
	AuditResynced   = "token.resynchronized"
	AuditResyncFail = "token.resynchronization_refused"
)

// Resync brings the server's idea of a token's counter or clock back in step,
// by two or three codes that the token gave directly one after another, searched in the
// policy's wide windows. The codes are spent. It reports whether they were
// right; wrong ones change nothing.
func (t *Tokens) Resync(ctx context.Context, by audit.Actor, id ident.ID, codes []string, p policy.Policy) (done bool, err error) {
	canonical, err := readCodes(codes)
	if err != nil {
		return false, err
	}
	var k Key
	var dev device.Device
	err = t.db.Read(ctx, func(tx *db.Tx) error {
		var found bool
		if k, found, err = CodeKey(tx, id); err == nil && !found {
			return fault.NotFoundf("token.no_key", "This device gives no secure codes.")
		}
		if err != nil {
			return err
		}
		dev, _, err = device.Get(tx, id)
		return err
	})
	if err != nil {
		return false, err
	}
	if k.Algorithm == OCRA {
		return false, fault.Conflictf("token.resync_ocra", "A challenge-response token is resynchronized with challenges; two plain codes cannot do it.")
	}
	m, err := t.sequence(ctx, &k, canonical, p)
	if err != nil {
		return false, err
	}
	err = t.db.Settle(ctx, orSelf(dev.Customer, id), func(tx *db.Tx) error {
		if done = m.found; done {
			n, err := tx.Exec(`UPDATE token_key SET next_value = $3 + 1, drift = $4, proven = 1, resync_first = 0, used_at = $5
				WHERE device = $1 AND key_id = $2 AND next_value <= $3`, k.Device, k.KeyID, m.value, m.drift, tx.Now)
			if err != nil {
				return err
			}
			done = n == 1
		}
		kind := AuditResyncFail
		if done {
			kind = AuditResynced
		}
		audit.Record(tx, audit.Event{Kind: kind, By: by, Customer: dev.Customer, Object: "device:" + id.String(), Details: map[string]any{"codes": len(codes)}})
		return nil
	})
	return done, err
}

func orSelf(customer, id ident.ID) ident.ID {
	if customer.IsZero() {
		return id
	}
	return customer
}

func readCodes(typed []string) ([]string, error) {
	if len(typed) < 2 || len(typed) > 3 {
		return nil, fault.Invalidf("token.resync_codes", "Resynchronization takes two or three codes that the token showed directly one after another.").WithField("codes")
	}
	codes := make([]string, len(typed))
	for i, c := range typed {
		code, err := readCode(c)
		if err != nil {
			return nil, err
		}
		codes[i] = code
	}
	return codes, nil
}

// sequence searches consecutive codes in the wide windows.
func (t *Tokens) sequence(ctx context.Context, k *Key, codes []string, p policy.Policy) (m match, err error) {
	seed, err := t.ring.Open(sealLabel, k.Device, k.seed)
	if err != nil {
		return m, err
	}
	defer clear(seed)
	if k.Algorithm == HOTP {
		h, err := oath.NewHOTP(seed, oath.HOTPOptions{Hash: k.Hash, Digits: k.Digits})
		if err != nil {
			return m, err
		}
		last, ok := h.Resync(codes, uint64(k.Next), p.Events.Resync)     //nolint:gosec // not negative
		return match{found: ok, value: int64(last), drift: k.Drift}, nil //nolint:gosec // below 2^63
	}
	h, err := oath.NewTOTP(seed, oath.TOTPOptions{Hash: k.Hash, Digits: k.Digits, Step: k.Step, Epoch: k.Epoch})
	if err != nil {
		return m, err
	}
	err = t.db.Read(ctx, func(tx *db.Tx) error {
		found, ok := h.Resync(codes, tx.Now, oath.Window{Steps: p.Time.Resync, Drift: k.Drift, MaxDrift: p.Time.MaxDrift, From: uint64(k.Next)}) //nolint:gosec // not negative
		m = match{found: ok, value: int64(found.Step), drift: found.Drift}                                                                       //nolint:gosec // below 2^62
		return nil
	})
	return m, err
}
