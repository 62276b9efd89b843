package mobileid

import (
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/ota/applet"
)

// Kind is what a transaction does on the phone.
type Kind string

// Kinds of transactions. All but Showing and Looking ask the person for something, so that a
// number has one of them at a time.
const (
	Signing    Kind = "sign"
	Generating Kind = "generate" // a registration
	Renewing   Kind = "renew"    // the certification request of a key that is there
	Unblocking Kind = "unblock"
	Showing    Kind = "show"   // a message, such as a receipt
	Looking    Kind = "status" // what the card says of itself
	Erasing    Kind = "erase"  // a key whose certificate is revoked
)

// asks reports whether the person is asked for something.
func (k Kind) asks() bool {
	return k == Signing || k == Generating || k == Renewing || k == Unblocking
}

// Transaction is one thing that was asked of a phone, with all that is known of it.
type Transaction struct {
	Handle   string // by which others know it: a letter, and 64 of A–Z, a–z, 0–9, "-" and "_"
	Customer ident.ID
	ID       ident.ID
	Mobile   ident.ID // mobile ID; zero when nobody has the number
	Kind     Kind
	Status   Status // at the moment of the look
	Reason   Reason
	Withheld Reason // why nothing was sent, of one that runs out; for staff only, see Provider.Entitled
	Provider string // code; "" the bank
	Ref      string // the provider's name of it
	Purpose  string

	Role     applet.Role
	Form     applet.Form
	Service  string // name that the phone shows first
	Text     string
	Shown    string // all that the phone shows but the control code
	Content  []byte // octets that are signed; nil of a document
	Digest   [32]byte
	Document bool
	MIME     string
	Event    string
	Mode     applet.ControlMode
	Control  string // four digits; "" with NoControl
	Language string
	Nonce    applet.Nonce

	Created   time.Time
	Expires   time.Time
	Delivered time.Time // zero: not yet
	Answered  time.Time // zero: not yet
	Ended     time.Time // zero: open

	Signature   []byte
	Certificate []byte // DER, of the key at that time
	Chain       []byte // DER certificates of its issuers, one after another
	CMS         []byte // SignedData in DER; without signed attributes of form Plain
	OCSP        []byte // status of the certificate when it was validated, DER
	Stamp       []byte // time-stamp token over SHA-256 of Signature (RFC 3161), DER
	Checked     time.Time
	Tries       int // left for the PIN, of WrongPIN; -1: the card did not say
	Card        *CardStatus

	// Of the hub's method.
	Authentication ident.ID
	Policy         string
	Payment        payment.Hash
	taken          bool
	asked          []byte

	number  []byte // tag
	key     ident.ID
	message ident.ID
	code    applet.Transaction
	card    []byte
	derived bool // timed out by the clock; the row does not say so
}

const transactionColumns = `customer, id, mobile, kind, status, reason, withheld, provider, ref, purpose,
	role, form, service, text, shown, content, digest, document, mime, event, mode, control, language, nonce,
	created_at, expires_at, delivered_at, answered_at, ended_at, signature, certificate, chain, cms, ocsp, stamp, checked_at, tries, card_status,
	authentication, policy, payment, taken, asked, number, key_id, message, code`

func (t *Transaction) dest() []any {
	return []any{
		&t.Customer, &t.ID, &t.Mobile, &t.Kind, &t.Status, &t.Reason, &t.Withheld, &t.Provider, &t.Ref, &t.Purpose,
		&t.Role, &t.Form, &t.Service, &t.Text, &t.Shown, &t.Content, &t.Digest, &t.Document, &t.MIME, &t.Event, &t.Mode, &t.Control, &t.Language, &t.Nonce,
		&t.Created, &t.Expires, &t.Delivered, &t.Answered, &t.Ended, &t.Signature, &t.Certificate, &t.Chain, &t.CMS, &t.OCSP, &t.Stamp, &t.Checked, &t.Tries, &t.card,
		&t.Authentication, &t.Policy, &t.Payment, &t.taken, &t.asked, &t.number, &t.key, &t.message, &t.code,
	}
}

// insert stores a new transaction; false when the number, or the authentication, has one that is open.
func (t *Transaction) insert(tx *db.Tx) (bool, error) {
	n, err := tx.Exec(`INSERT INTO mobile_id_request (`+transactionColumns+`) VALUES ($1, $2, $3, $4, $5, '', $6, $7, $8, $9,
		$10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
		$24, $25, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, -1, NULL,
		$26, $27, $28, 0, $29, $30, $31, $32, $33) ON CONFLICT DO NOTHING`,
		t.Customer, t.ID, t.Mobile, string(t.Kind), string(t.Status), string(t.Withheld), t.Provider, t.Ref, t.Purpose,
		t.Role, t.Form, t.Service, t.Text, t.Shown, t.Content, t.Digest[:], t.Document, t.MIME, t.Event, t.Mode, t.Control, t.Language, t.Nonce[:],
		t.Created, t.Expires, t.Authentication, t.Policy, t.Payment, t.asked, t.number, t.key, t.message, t.code[:])
	return n == 1, err
}

// find reads a transaction as it is stored.
func find(tx *db.Tx, where string, args ...any) (t Transaction, found bool, err error) {
	err = tx.Row("SELECT "+transactionColumns+" FROM mobile_id_request WHERE "+where, args...).Scan(t.dest()...)
	if errors.Is(err, db.ErrNoRow) {
		return Transaction{}, false, nil
	}
	if err == nil {
		t.Card = readCard(t.card)
	}
	return t, err == nil, err
}

// At is the state of a transaction at the moment now: nobody who is late is awaited.
func (t *Transaction) At(now time.Time) Status {
	if t.Status.Waiting() && !now.Before(t.Expires) {
		return TimedOut
	}
	return t.Status
}

// object names the transaction in the audit log.
func (t *Transaction) object() string { return "mobile_id_request:" + t.ID.String() }

// Exhibit is what was shown and signed.
func (t *Transaction) exhibit() *authenticator.Exhibit {
	return &authenticator.Exhibit{ID: t.ID, Content: t.Shown, Control: t.Control, At: t.Answered}
}

// CardStatus is what a card says of itself.
type CardStatus struct {
	Applet     int       `json:"applet"` // version of the application
	Algorithms []string  `json:"algorithms"`
	Keys       []CardKey `json:"keys"` // authentication, signing
}

// CardKey is what a card says of a role.
type CardKey struct {
	Role      string `json:"role"`
	Algorithm string `json:"algorithm,omitempty"` // "" when there is no key
	Tries     int    `json:"tries"`               // that are left for the PIN; 0: blocked
	PUKTries  int    `json:"puk_tries"`
}
