package risk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Version is what is known of a stored document of rules.
type Version struct {
	Number int64
	Digest [32]byte
	Stored time.Time
	By     string
	Active bool
}

// RuleChange is the payload of [policy.ActRules]: a stored version comes into force
// in place of another.
type RuleChange struct {
	From   int64  `json:"from"` // 0 for the preset
	To     int64  `json:"to"`
	Digest string `json:"sha256"` // of the document of To, in hexadecimal
}

func rulesInForce(tx *db.Tx) (version int64, err error) {
	err = tx.Row("SELECT version FROM risk_rules_active WHERE one = 1").Scan(&version)
	if errors.Is(err, db.ErrNoRow) {
		return 0, nil
	}
	return version, err
}

func rulesDocument(tx *db.Tx, version int64) (doc []byte, err error) {
	var s string
	err = tx.Row("SELECT document FROM risk_rules WHERE version = $1", version).Scan(&s)
	if errors.Is(err, db.ErrNoRow) {
		return nil, fault.NotFoundf("risk.version", "There is no version %d of the risk rules.", version)
	}
	return []byte(s), err
}

// StoreRules keeps a document as a new immutable version; it is not in force. Faults:
// "risk.rules" (Invalid) with the place of each mistake, "risk.concurrent" (Conflict).
func (d *Desk) StoreRules(ctx context.Context, by audit.Actor, doc []byte) (v Version, err error) {
	if _, err := d.compile(doc); err != nil {
		return v, err
	}
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		v = Version{Digest: sha256.Sum256(doc), Stored: tx.Now, By: by.String()}
		if err := tx.Row("SELECT COALESCE(MAX(version), 0) + 1 FROM risk_rules").Scan(&v.Number); err != nil {
			return err
		}
		n, err := tx.Exec("INSERT INTO risk_rules (version, document, digest, stored_at, stored_by) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (version) DO NOTHING",
			v.Number, string(doc), v.Digest[:], tx.Now, v.By)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Conflictf("risk.concurrent", "Somebody else stored a version at the same moment. Please try again.")
		}
		audit.Record(tx, audit.Event{Kind: AuditStored, By: by, Object: object(v.Number), Details: map[string]any{"sha256": hex.EncodeToString(v.Digest[:])}})
		return nil
	})
	return v, err
}

func object(version int64) string { return "risk_rules:" + text(version) }

// RuleVersions lists up to limit versions below before (0 for all), newest first.
func (d *Desk) RuleVersions(ctx context.Context, before int64, limit int) (all []Version, err error) {
	if limit < 1 || limit > 200 {
		return nil, invalid("limit", "A page has 1 to 200 versions.")
	}
	if before <= 0 {
		before = 1<<63 - 1
	}
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		active, err := rulesInForce(tx)
		if err != nil {
			return err
		}
		return tx.Each("SELECT version, digest, stored_at, stored_by FROM risk_rules WHERE version < $1 ORDER BY version DESC LIMIT $2", []any{before, limit}, func(r db.Row) error {
			var v Version
			err := r.Scan(&v.Number, &v.Digest, &v.Stored, &v.By)
			v.Active = v.Number == active
			all = append(all, v)
			return err
		})
	})
	return all, err
}

// RuleDocument returns the text of a stored version; the fault "risk.version" when
// there is none.
func (d *Desk) RuleDocument(ctx context.Context, version int64) (doc []byte, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		doc, err = rulesDocument(tx, version)
		return err
	})
	return doc, err
}

// RuleChange makes the payload by which a stored version is proposed (foureyes.Desk.Propose
// with [policy.ActRules]).
func (d *Desk) RuleChange(ctx context.Context, to int64) (payload []byte, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		doc, err := rulesDocument(tx, to)
		if err != nil {
			return err
		}
		from, err := rulesInForce(tx)
		digest := sha256.Sum256(doc)
		payload = foureyes.Canonical(RuleChange{From: from, To: to, Digest: hex.EncodeToString(digest[:])})
		return err
	})
	return payload, err
}

// RuleExecutor puts versions of the rules in force, once two people agree. Rules
// decide over payments, so no policy lets one person do it.
func (d *Desk) RuleExecutor() foureyes.Executor {
	return foureyes.Executor{
		Check: func(tx *db.Tx, payload []byte) error {
			_, err := d.ruleChange(tx, payload)
			return err
		},
		Within: func(tx *db.Tx, by audit.Actor, w foureyes.Warrant) error {
			c, err := d.ruleChange(tx, w.Payload())
			if err != nil {
				return err
			}
			if err := foureyes.Allow(policy.FourEyes{Acts: []policy.Act{policy.ActRules}}, policy.ActRules, w, w.Payload()); err != nil {
				return err
			}
			return d.activate(tx, by, c, w.ID().String())
		},
	}
}

// ParseRuleChange reads the payload of a proposal. Fault: "foureyes.payload" (Invalid).
func ParseRuleChange(payload []byte) (c RuleChange, err error) {
	dec := json.NewDecoder(bytes.NewReader(payload))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil || !bytes.Equal(foureyes.Canonical(c), payload) {
		return c, fault.Invalidf("foureyes.payload", "The payload is no change of the risk rules.").WithField("/payload")
	}
	return c, nil
}

// ruleChange reads a payload and makes sure that the version is the one meant.
func (d *Desk) ruleChange(tx *db.Tx, payload []byte) (c RuleChange, err error) {
	if c, err = ParseRuleChange(payload); err != nil {
		return c, err
	}
	doc, err := rulesDocument(tx, c.To)
	if err != nil {
		return c, err
	}
	if digest := sha256.Sum256(doc); c.Digest != hex.EncodeToString(digest[:]) {
		return c, fault.Conflictf("foureyes.other", "Version %d is not the document that was proposed.", c.To)
	}
	if _, err := d.compile(doc); err != nil {
		return c, err
	}
	from, err := rulesInForce(tx)
	if err == nil && (from != c.From || c.From == c.To) {
		err = fault.Conflictf("risk.moved", "Version %d of the rules is in force now, and this replaces version %d. Propose it anew.", from, c.From)
	}
	return c, err
}

// activate is one compare-and-swap.
func (d *Desk) activate(tx *db.Tx, by audit.Actor, c RuleChange, proposal string) error {
	var n int64
	var err error
	if c.From == 0 {
		n, err = tx.Exec("INSERT INTO risk_rules_active (one, version, activated_at) VALUES (1, $1, $2) ON CONFLICT (one) DO NOTHING", c.To, tx.Now)
	} else {
		n, err = tx.Exec("UPDATE risk_rules_active SET version = $2, activated_at = $3 WHERE one = 1 AND version = $1", c.From, c.To, tx.Now)
	}
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.Conflictf("risk.moved", "Another version of the rules came into force meanwhile. Propose it anew.")
	}
	audit.Record(tx, audit.Event{Kind: AuditActivated, By: by, Object: object(c.To), Details: map[string]any{"from": c.From, "proposal": proposal}})
	return nil
}
