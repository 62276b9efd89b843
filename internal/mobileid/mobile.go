package mobileid

import (
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/ota/applet"
)

// MobileID is a phone number with a card by which one person signs.
type MobileID struct { //nolint:recvcheck // dest fills it, the rest only look
	Customer  ident.ID
	ID        ident.ID
	Device    ident.ID // in package device
	Card      ident.ID // in package sim
	Number    string   // E.164 with "+"; opened by Desk, "" in what tables alone say
	State     State
	Algorithm applet.Algorithm // of its keys
	Held      time.Time        // not to be used before; zero: no hold
	Guarded   bool             // by a spam-prevention code
	Reason    string           // of the last transition; of a suspended one, of its strongest cause
	By        Cause            // the strongest cause of a suspension, see Hold; "" otherwise
	Created   time.Time
	Activated time.Time // first; zero: never
	Changed   time.Time // of its state

	tag     []byte // of the number
	sealed  []byte // number
	spam    []byte // keyed hash of the spam-prevention code
	version int64
}

// OnHold reports whether it is active and may not be used yet.
func (m MobileID) OnHold(now time.Time) bool { return m.State == StateActive && now.Before(m.Held) }

// Usable reports whether it may be used at the moment now.
func (m MobileID) Usable(now time.Time) bool { return m.State == StateActive && !m.OnHold(now) }

// Masked is the number as it may be shown to somebody who need not know it.
func (m MobileID) Masked() string { return mask(m.Number) }

const mobileColumns = `customer, id, device, card, number, sealed, state, algorithm, held_until, spam, reason, suspended_by,
	created_at, activated_at, changed_at, version`

func (m *MobileID) dest() []any {
	return []any{
		&m.Customer, &m.ID, &m.Device, &m.Card, &m.tag, &m.sealed, &m.State, &m.Algorithm, &m.Held, &m.spam, &m.Reason, &m.By,
		&m.Created, &m.Activated, &m.Changed, &m.version,
	}
}

func (m *MobileID) insert(tx *db.Tx) (bool, error) {
	n, err := tx.Exec(`INSERT INTO mobile_id (`+mobileColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, NULL, '', '', $9, NULL, $9, 0) ON CONFLICT DO NOTHING`,
		m.Customer, m.ID, m.Device, m.Card, m.tag, m.sealed, string(m.State), m.Algorithm, tx.Now)
	return n == 1, err
}

// one reads a mobile ID without its number.
func one(tx *db.Tx, where string, args ...any) (m MobileID, found bool, err error) {
	err = tx.Row("SELECT "+mobileColumns+" FROM mobile_id WHERE "+where, args...).Scan(m.dest()...)
	if errors.Is(err, db.ErrNoRow) {
		return MobileID{}, false, nil
	}
	m.Guarded = len(m.spam) > 0
	return m, err == nil, err
}

// Get returns a customer's mobile ID without its number; false when there is none.
func Get(tx *db.Tx, customer, id ident.ID) (MobileID, bool, error) {
	return one(tx, "customer = $1 AND id = $2", customer, id)
}

// of reads all mobile IDs of a customer, the first to be active first.
func of(tx *db.Tx, customer ident.ID) (all []MobileID, err error) {
	err = tx.Each("SELECT "+mobileColumns+" FROM mobile_id WHERE customer = $1 ORDER BY activated_at IS NULL, activated_at, created_at, id", []any{customer}, func(r db.Row) error {
		var m MobileID
		err := r.Scan(m.dest()...)
		m.Guarded = len(m.spam) > 0
		all = append(all, m)
		return err
	})
	return all, err
}

// taking are the states in which a number, and a card, are taken.
const taking = "state NOT IN ('revoked', 'refused', 'failed')"

// byTag returns the mobile ID that has a number.
func byTag(tx *db.Tx, tag []byte) (MobileID, bool, error) {
	return one(tx, "number = $1 AND "+taking, tag)
}

// byCard returns the mobile ID that is on a card.
func byCard(tx *db.Tx, card ident.ID) (MobileID, bool, error) {
	return one(tx, "card = $1 AND "+taking, card)
}

// open fills what is sealed.
func (d *Desk) open(m *MobileID) error {
	b, err := d.Ring.Open(numberLabel, m.ID, m.sealed)
	m.Number = string(b)
	return err
}
