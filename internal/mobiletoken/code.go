package mobiletoken

import (
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/policy"
)

// CodeStatus is an activation code's place in its life.
type CodeStatus string

// States of an activation code; the transitions are in the package comment.
const (
	Valid      CodeStatus = "valid"
	Used       CodeStatus = "used"
	Expired    CodeStatus = "expired"
	Cancelled  CodeStatus = "cancelled"
	Superseded CodeStatus = "superseded"
)

// Purpose is what an activation code is for.
type Purpose string

// Purposes.
const (
	Enroll       Purpose = "enroll"       // a first device
	Redistribute Purpose = "redistribute" // another device in the place of one
)

// Code is an activation code, without its password.
type Code struct { //nolint:recvcheck // dest fills it, the rest only look
	ClientID string // upper-case hexadecimal characters
	Customer ident.ID
	Token    ident.ID
	Purpose  Purpose
	Status   CodeStatus
	Way      policy.HandOver
	Extended int         // times
	Tries    limit.State // wrong passwords
	Created  time.Time
	By       string // who asked for it
	Expires  time.Time
	Ended    time.Time // zero: still valid

	device   ident.ID
	password []byte // sealed
}

// RunOut reports whether the code's time is over, whatever its status says.
func (c Code) RunOut(now time.Time) bool { return now.After(c.Expires) }

// State says in one word what a person should know about a code at the moment now: its
// status, or "expired" or "blocked" for a valid one that cannot be used.
func (c Code) State(now time.Time) string {
	switch {
	case c.Status == Valid && c.RunOut(now):
		return string(Expired)
	case c.Status == Valid && c.Tries.Blocked(now):
		return "blocked"
	}
	return string(c.Status)
}

const codeColumns = "client_id, customer, token, device, purpose, status, way, password, extended, " + limit.Columns + ", created_at, created_by, expires_at, ended_at"

func (c *Code) dest() []any {
	d := append([]any{&c.ClientID, &c.Customer, &c.Token, &c.device, &c.Purpose, &c.Status, &c.Way, &c.password, &c.Extended}, c.Tries.Dest()...)
	return append(d, &c.Created, &c.By, &c.Expires, &c.Ended)
}

// guesses counts wrong passwords, in the code's row.
var guesses = limit.In("mobile_code", "status = 'valid'", "client_id")

// passwordLabel is the label under which passwords are sealed, and codeRow the id that they
// are sealed for.
const passwordLabel = "mobiletoken.password"

func codeRow(clientID string) ident.ID { return ident.Derive("mobile code", clientID) }

// Columns lists the sealed columns of the package.
func Columns() []keyring.Column {
	derived := func(name string) func([]any) ident.ID {
		return func(key []any) ident.ID {
			s, _ := key[0].(string)
			return ident.Derive(name, s)
		}
	}
	return []keyring.Column{
		{Label: seedLabel, Table: "mobile_key", Key: []string{"customer", "id"}, Column: "seed", ID: func(key []any) (id ident.ID) {
			b, _ := key[1].([]byte)
			copy(id[:], b)
			return id
		}},
		{Label: passwordLabel, Table: "mobile_code", Key: []string{"client_id"}, Column: "password", ID: derived("mobile code")},
		{Label: sessionLabel, Table: "mobile_session", Key: []string{"id"}, Column: "body", ID: derived("mobile session")},
		{Label: serverKeyLabel, Table: "mobile_server_key", Key: []string{"number"}, Column: "private", ID: func(key []any) ident.ID {
			n, _ := key[0].(int64)
			return serverKeyRow(n)
		}},
	}
}

// codeOf returns the code with a ClientID; false when there is none.
func codeOf(tx *db.Tx, clientID string) (Code, bool, error) {
	return oneCode(tx, "client_id = $1 AND status <> 'decoy'", clientID)
}

// validCode returns the code of a token that is valid, run out or not.
func validCode(tx *db.Tx, customer, token ident.ID) (Code, bool, error) {
	return oneCode(tx, "customer = $1 AND token = $2 AND status = 'valid'", customer, token)
}

// lastCode returns the newest code of a token, whatever became of it.
func lastCode(tx *db.Tx, customer, token ident.ID) (Code, bool, error) {
	return oneCode(tx, "customer = $1 AND token = $2 ORDER BY created_at DESC, client_id LIMIT 1", customer, token)
}

func oneCode(tx *db.Tx, where string, args ...any) (c Code, found bool, err error) {
	err = tx.Row("SELECT "+codeColumns+" FROM mobile_code WHERE "+where, args...).Scan(c.dest()...)
	if errors.Is(err, db.ErrNoRow) {
		return c, false, nil
	}
	return c, err == nil, err
}

// insert stores a new code; false when its ClientID is taken.
func (c *Code) insert(tx *db.Tx) (bool, error) {
	n, err := tx.Exec(`INSERT INTO mobile_code (`+codeColumns+`) VALUES ($1, $2, $3, $4, $5, 'valid', $6, $7, 0, 0, 0, NULL, $8, $9, $10, NULL)
		ON CONFLICT (client_id) DO NOTHING`, c.ClientID, c.Customer, c.Token, c.device, string(c.Purpose), string(c.Way), c.password, c.Created, c.By, c.Expires)
	return n == 1, err
}

// end moves a valid code to another status and destroys its password; false when it is
// not valid any more.
func (c *Code) end(tx *db.Tx, to CodeStatus) (bool, error) {
	n, err := tx.Exec("UPDATE mobile_code SET status = $2, ended_at = $3, password = NULL WHERE client_id = $1 AND status = 'valid'", c.ClientID, string(to), tx.Now)
	return n == 1, err
}

// drop ends the valid code of the token, if there is one, and takes away the keys that
// were never proven; the devices that they were for, unless it is the token's own, end.
// It reports whether there was anything.
func (u *unit) drop(to CodeStatus) (there bool, err error) {
	var devices []ident.ID
	c, found, err := validCode(u.tx, u.t.Customer, u.t.ID)
	if err != nil {
		return false, err
	}
	if found {
		if _, err := c.end(u.tx, to); err != nil {
			return false, err
		}
		devices = append(devices, c.device)
	}
	pending, err := keysOf(u.tx, u.t.Customer, u.t.ID, "pending")
	if err != nil {
		return false, err
	}
	for _, k := range pending {
		devices = append(devices, k.Device)
	}
	if len(pending) > 0 {
		if _, err := u.tx.Exec("DELETE FROM mobile_key WHERE customer = $1 AND token = $2 AND state = 'pending'", u.t.Customer, u.t.ID); err != nil {
			return false, err
		}
	}
	for _, id := range devices {
		if id == u.t.Device {
			continue
		}
		if err := u.turn(id, device.Change{Act: device.Retire, Note: string(to)}); err != nil {
			return false, err
		}
	}
	return found || len(pending) > 0, nil
}
