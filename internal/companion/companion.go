package companion

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// MaxNumber is the highest short number, and so the most devices that a customer ever
// registers.
const MaxNumber = 255

// Companion is one registered device.
type Companion struct { //nolint:recvcheck // dest fills it, the rest only look
	ID        ident.ID // of its row in table device, too
	Customer  ident.ID
	Requestor ident.ID // by which it is called in messages (DI-3)
	Number    int      // short number, 1–255, for ever the same
	Kind      Kind
	Group     Group
	Class     Class
	Can       []Capability
	Roles     []Role // that its owner lets it play; some of those that it may
	Model     string
	Name      string
	Hub       ident.ID // the primary that named it; zero: it enrolled itself
	Status    device.Status
	Counts    time.Time // end of its quarantine
	Keys      Keys
	Epoch     uint32
	Seen      time.Time // its last message, or its last sighting; zero: never
	Created   time.Time
	Changed   time.Time

	window []byte
	secret []byte // sealed key of an HMAC
}

// Fresh reports whether the device is in its quarantine at the moment now.
func (c Companion) Fresh(now time.Time) bool { return c.Counts.After(now) }

// State says in one word what people should know of a device: its status, or "fresh".
func (c Companion) State(now time.Time) string {
	if c.Status == device.Active && c.Fresh(now) {
		return "fresh"
	}
	return string(c.Status)
}

// May reports whether a device may play a role now: it is active, it can, and its owner lets it.
func (c Companion) May(r Role) bool {
	return c.Status == device.Active && slices.Contains(c.Roles, r) && slices.Contains(may(c.Can), r)
}

// Reports reports whether the device speaks to the server itself.
func (c Companion) Reports() bool { return c.Keys.Signer != "" }

const columns = `c.customer, c.id, c.requestor, c.number, c.kind, c.place, c.class, c.can, c.roles, c.hub, c.signer, c.verifier, c.secret, c.sealer,
	c.epoch, c.taken, c.seen_at, c.changed_at, d.model, d.name, d.status, d.starts_at, d.created_at`

const from = " FROM companion c JOIN device d ON d.id = c.id "

func (c *Companion) dest() []any {
	return []any{
		&c.Customer, &c.ID, &c.Requestor, &c.Number, (*string)(&c.Kind), (*string)(&c.Group), (*string)(&c.Class), (*list[Capability])(&c.Can), (*list[Role])(&c.Roles),
		&c.Hub, (*string)(&c.Keys.Signer), &c.Keys.Verifier, &c.secret, &c.Keys.Sealer, &c.Epoch, &c.window, &c.Seen, &c.Changed, &c.Model, &c.Name, (*string)(&c.Status), &c.Counts, &c.Created,
	}
}

// list is a list of words in one column.
type list[T ~string] []T

// Scan reads words that stand apart by blanks.
func (l *list[T]) Scan(src any) error {
	s, ok := src.(string)
	if b, isBytes := src.([]byte); isBytes {
		s, ok = string(b), true
	}
	if !ok {
		return errors.New("companion: a list of words is no text")
	}
	*l = nil
	for _, w := range strings.Fields(s) {
		*l = append(*l, T(w))
	}
	return nil
}

// joined writes words into one column.
func joined[T ~string](l []T) string {
	s := make([]string, len(l))
	for i, w := range l {
		s[i] = string(w)
	}
	return strings.Join(s, " ")
}

// Get returns a device of a customer; false when there is none.
func Get(tx *db.Tx, customer, id ident.ID) (Companion, bool, error) {
	return one(tx, "WHERE c.customer = $1 AND c.id = $2", customer, id)
}

// ByRequestor returns the device that is called by a requestor id; false when there is none.
func ByRequestor(tx *db.Tx, requestor ident.ID) (Companion, bool, error) {
	return one(tx, "WHERE c.requestor = $1", requestor)
}

// Of returns all devices of a customer that have not been removed, by their numbers.
func Of(tx *db.Tx, customer ident.ID) ([]Companion, error) {
	return all(tx, "WHERE c.customer = $1 AND d.status <> 'retired' ORDER BY c.number", customer)
}

// Ever returns all devices that a customer has registered, by their numbers.
func Ever(tx *db.Tx, customer ident.ID) ([]Companion, error) {
	return all(tx, "WHERE c.customer = $1 ORDER BY c.number", customer)
}

func one(tx *db.Tx, where string, args ...any) (c Companion, found bool, err error) {
	err = tx.Row("SELECT "+columns+from+where, args...).Scan(c.dest()...)
	if errors.Is(err, db.ErrNoRow) {
		return c, false, nil
	}
	return c, err == nil, err
}

func all(tx *db.Tx, where string, args ...any) (out []Companion, err error) {
	err = tx.Each("SELECT "+columns+from+where, args, func(r db.Row) error {
		var c Companion
		if err := r.Scan(c.dest()...); err != nil {
			return err
		}
		out = append(out, c)
		return nil
	})
	return out, err
}

// need returns a device of a customer that has not been removed.
func need(tx *db.Tx, customer, id ident.ID) (Companion, error) {
	c, found, err := Get(tx, customer, id)
	if err == nil && (!found || c.Status == device.Retired) {
		err = fault.NotFoundf("companion.unknown", "The customer has no such device.")
	}
	return c, err
}
