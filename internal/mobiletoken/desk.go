package mobiletoken

import (
	"crypto/rand"
	"encoding/hex"
	"io"
	"strings"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Desk keeps mobile tokens: its methods are the use cases, and it is the
// authenticator.Method of their secure codes. Use New.
type Desk struct {
	Config

	decoy  *Key
	signer *Key // a decoy, too
}

// Config is what a Desk works with; all fields but the last two are needed.
type Config struct {
	DB       *db.DB
	Ring     *keyring.Ring
	Policies Policies
	Outbox   *outbox.Outbox
	Rand     io.Reader

	// Tell sends news of a token to its owner, in the transaction that makes them true: a
	// failure undoes it. Nil: customers are not told.
	Tell func(*db.Tx, audit.Actor, News) error
	// Moved is told, in the transaction of it, that one token took the place of another:
	// whoever keeps something for a token, such as where its pushes go, moves it, and ends
	// what was asked of the former one. Nil: nobody.
	Moved func(tx *db.Tx, customer, from, to ident.ID) error
}

// Policies says which policies are in force, such as policy.Book.
type Policies interface{ Active() *policy.Set }

// New returns a desk.
func New(c Config) (*Desk, error) {
	d := &Desk{Config: c}
	if d.Rand == nil {
		d.Rand = rand.Reader
	}
	seed := make([]byte, 20)
	if _, err := io.ReadFull(d.Rand, seed); err != nil {
		return nil, err
	}
	// A decoy stands in for the key of a customer who has none. Nobody knows its seed, and
	// a match on it is thrown away.
	id := ident.Derive("mobile decoy")
	d.decoy = &Key{ID: id, Usage: UseCode, Algorithm: policy.KeyTOTP, Digits: 6, Step: 30, seed: c.Ring.Seal(seedLabel, id, seed)}
	var err error
	d.signer, err = d.newDecoySigner()
	return d, err
}

// hexText returns n random hexadecimal characters in capitals; n is even.
func (d *Desk) hexText(n int) (string, error) {
	b := make([]byte, n/2)
	if _, err := io.ReadFull(d.Rand, b); err != nil {
		return "", err
	}
	return strings.ToUpper(hex.EncodeToString(b)), nil
}
