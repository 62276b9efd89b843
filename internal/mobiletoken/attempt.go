package mobiletoken

import (
	"context"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Standing is what an activation code is good for when it is tried.
type Standing string

// Standings. Only of Usable and Ended may the other side learn, after a right proof of the
// password (RFC 6063, section 3.3; D-14, D-17, D-24): all else looks like a wrong one.
const (
	Usable Standing = "usable"
	Ended  Standing = "ended"  // its time is over
	Closed Standing = "closed" // it was used or taken back, or there is none
	Locked Standing = "locked" // too many attempts
)

// Attempt is one claimed attempt at an activation code.
type Attempt struct {
	ClientID string
	Standing Standing
	Password keyring.Secret // ASCII; one that nobody knows unless Usable or Ended

	Token       Token // zero when Closed
	Application policy.Application
	Purpose     Purpose
	// Move is the key that the token's device has and the new one is to get: only of a
	// redistribution whose policy wants the same key.
	Move keyring.Secret
}

// Attempt claims one attempt at an activation code and returns its password, so that the
// proof of a device can be checked. It comes before the costly part of that check
// (IP-23). A code that does not exist costs the same and is answered like one that is of
// no use: one row is written for each.
func (d *Desk) Attempt(ctx context.Context, clientID string) (a Attempt, err error) {
	err = d.DB.Settle(ctx, codeRow(clientID), func(tx *db.Tx) error {
		a, err = d.attempt(tx, clientID)
		return err
	})
	if err != nil {
		return Attempt{}, err
	}
	return a, nil
}

func (d *Desk) attempt(tx *db.Tx, clientID string) (a Attempt, err error) {
	a = Attempt{ClientID: clientID, Standing: Closed, Password: d.nobodys(clientID)}
	c, found, err := codeOf(tx, clientID)
	if err != nil {
		return a, err
	}
	t, _, err := Get(tx, c.Customer, c.Token)
	if err != nil {
		return a, err
	}
	app, known := d.Policies.Active().Application(t.Application)
	switch {
	case !found || !known || c.Status != Valid:
		return a, touch(tx, clientID)
	case c.Tries.Blocked(tx.Now):
		a.Standing, a.Token = Locked, t
		return a, touch(tx, clientID)
	}
	claimed, err := guesses.Claim(tx, app.Activation.Attempts, clientID)
	if err != nil || !claimed {
		a.Standing, a.Token = Locked, t
		return a, err
	}
	if a.Password, err = d.Ring.Open(passwordLabel, codeRow(clientID), c.password); err != nil {
		return a, err
	}
	a.Standing, a.Token, a.Application, a.Purpose = Usable, t, app, c.Purpose
	if c.RunOut(tx.Now) {
		a.Standing = Ended
	}
	if c.Purpose == Redistribute && app.Redistribution.SameKey {
		a.Move, err = d.secretOf(tx, t)
	}
	return a, err
}

// nobodys is the password of a code that is of no use: the same for the same ClientID, and
// known to nobody.
func (d *Desk) nobodys(clientID string) keyring.Secret {
	return keyring.Secret(strings.ToUpper(hex.EncodeToString(d.Ring.MAC("mobiletoken.nobodys", []byte(clientID))[:10])))
}

// shards is how many rows take the writes of attempts at nothing.
const shards = 64

// touch writes the row that an attempt at nothing costs, in the place of the counter. Rows
// that are shared by few, so that nodes do not wait for each other at them.
func touch(tx *db.Tx, clientID string) error {
	id := codeRow(clientID)
	row := "-" + strconv.Itoa(int(id[len(id)-1])%shards)
	nobody := ident.Derive("nobody", row)
	_, err := tx.Exec(`INSERT INTO mobile_code (`+codeColumns+`) VALUES ($1, $2, $2, $2, '', 'decoy', '', NULL, 0, 0, 0, NULL, $3, '', $3, $3)
		ON CONFLICT (client_id) DO UPDATE SET ended_at = excluded.ended_at`, row, nobody, tx.Now)
	return err
}

// Refuse records that an attempt failed, and why: for the bank, never for the other side.
// It is called after the answer was sent: a record costs time, and there is none of codes
// that do not exist.
func (d *Desk) Refuse(ctx context.Context, a Attempt, why string) error {
	if a.Token.ID.IsZero() {
		return nil
	}
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		audit.Record(tx, audit.Event{
			Kind: AuditRefused, By: audit.System("provisioning"), Customer: a.Token.Customer, Object: "mobile_token:" + a.Token.ID.String(),
			Details: map[string]any{"client_id": a.ClientID, "why": why},
		})
		return nil
	})
}
