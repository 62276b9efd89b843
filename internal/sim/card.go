package sim

import (
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/ota"
)

// Card is a SIM card whose keys this server has.
type Card struct {
	ID       ident.ID
	ICCID    string // 18 to 20 digits
	MSISDN   string // E.164; "" for a card that has no number (yet, or any more)
	State    CardState
	Customer ident.ID // whom packets to it are about; zero before the first
	TAR      ota.TAR  // of the signature application
	Parts    int      // short messages that a command may have
	Reason   string   // why it is in this state; "" in stock
	Created  time.Time
	Changed  time.Time
}

// CardState says what a card may be used for.
type CardState string

// The states of cards.
const (
	Stock     CardState = "stock"     // no number yet
	Active    CardState = "active"    // packets may be sent to it
	Suspended CardState = "suspended" // keeps its number; nothing is sent
	Retired   CardState = "retired"   // for ever; its keys are destroyed
)

// CardStates lists all states.
func CardStates() []CardState { return []CardState{Stock, Active, Suspended, Retired} }

const cardColumns = "id, iccid, msisdn, state, customer, tar, parts, reason, created_at, changed_at"

// scan reads a row of the cardColumns.
func (d *Desk) scan(r db.Row) (c Card, err error) {
	var phone, tar []byte
	var state string
	if err := r.Scan(&c.ID, &c.ICCID, &phone, &state, &c.Customer, &tar, &c.Parts, &c.Reason, &c.Created, &c.Changed); err != nil {
		return c, err
	}
	c.State = CardState(state)
	copy(c.TAR[:], tar)
	if len(phone) > 0 {
		plain, err := d.Ring.Open(msisdnLabel, c.ID, phone)
		if err != nil {
			return c, err
		}
		c.MSISDN = string(plain)
	}
	return c, nil
}

// find reads the card that a condition on $1 names; ok is false for none, or one of an import that has not ended.
func (d *Desk) find(tx *db.Tx, where string, arg any) (c Card, ok bool, err error) {
	c, err = d.scan(tx.Row("SELECT "+cardColumns+" FROM sim_card WHERE "+where+" AND "+seen, arg))
	if errors.Is(err, db.ErrNoRow) {
		return c, false, nil
	}
	return c, err == nil, err
}

// CardOf returns the card that a number (E.164) belongs to now; ok is false for none.
func (d *Desk) CardOf(tx *db.Tx, msisdn string) (c Card, ok bool, err error) {
	return d.find(tx, "msisdn_hash = $1", d.hash(msisdn))
}

// ByICCID returns the card with a serial number; ok is false for none.
func (d *Desk) ByICCID(tx *db.Tx, iccid string) (c Card, ok bool, err error) {
	return d.find(tx, "iccid = $1", iccid)
}

// Card returns a card; ok is false for none.
func (d *Desk) Card(tx *db.Tx, id ident.ID) (c Card, ok bool, err error) {
	return d.find(tx, "id = $1", id)
}

// hash is the keyed hash by which a number is found.
func (d *Desk) hash(msisdn string) []byte { return d.Ring.MAC(msisdnLabel, []byte(msisdn)) }
