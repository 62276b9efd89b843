package bank

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

const (
	transferIdle = 30 * time.Minute // longer than a session: who was logged out goes on where they were
	transferLife = 8 * time.Hour
	maxOpen      = 10 // of one customer, so that nobody fills the store
)

// transfer is a payment on its way: from the first order to the customer's
// approval. It holds the orders in the one form that there is, and the authentication
// that was started for exactly these; a change of the orders ends it. A transfer
// that a request holds is a copy, and its orders are never changed in place.
type transfer struct {
	ID       string // in addresses; not secret, but nobody else's either
	Customer string
	Orders   []Order

	Auth     string // handle of the authentication; "" before there is one
	Hash     string // of Orders when Auth was started
	Signing  []signing
	Texts    bool      // the customer may also approve it with a password and a text message
	Tokens   bool      // a token of theirs may sign it
	Asked    challenge // the code that was sent, after the password; zero: none yet
	Phones   bool      // the customer may also approve it with the app
	Prompt   challenge // what their phone was asked; zero: nothing yet
	Picture  challenge // what it can read; zero: nothing yet
	Message  challenge // what the SIM of their phone was asked; zero: nothing yet
	MobileID bool      // the customer may also sign it with their mobile ID
	Ended    string    // how they have ended it on their phone; "" when they have not
	Up       bool      // risk wants it to be approved with a code, however small it is
	Stopped  string    // risk has stopped it: what the customer tells the help desk; "" when it goes on
	Expires  time.Time // of Auth
	pepper   []byte    // for idempotency keys
}

// paymentPath is an address below that of a payment.
func paymentPath(id, rest string) string {
	if rest == "" {
		return "/pay/" + id
	}
	return "/pay/" + id + "/" + rest
}

// begin keeps a new transfer, in place of the longest unused one when there are too
// many.
func (b *bank) begin(s session, first Order) (transfer, error) {
	const idSize, pepperSize = 10, 32
	random := make([]byte, idSize+pepperSize)
	if _, err := io.ReadFull(b.rand, random); err != nil {
		return transfer{}, fmt.Errorf("bank: no randomness: %w", err)
	}
	x := transfer{ID: hex.EncodeToString(random[:idSize]), Customer: s.Customer, Orders: []Order{first}, pepper: random[idSize:]}
	own := b.transfers.list("", func(o transfer) bool { return o.Customer == s.Customer })
	if len(own) >= maxOpen {
		oldest := slices.MinFunc(own, func(x, y found[transfer]) int { return x.seen.Compare(y.seen) })
		b.transfers.drop(oldest.value.ID)
	}
	b.transfers.put(x.ID, x)
	return x, nil
}

// order changes the orders of a transfer. What was asked to be signed before is
// void: a code is for one payment and no other (SCA-15).
func (b *bank) order(id string, change func([]Order) []Order) {
	b.transfers.change(id, func(x *transfer) {
		x.Orders = change(slices.Clone(x.Orders))
		x.Auth, x.Hash, x.Signing, x.Expires = "", "", nil, time.Time{}
		x.Texts, x.Tokens, x.Asked, x.Up, x.Stopped = false, false, challenge{}, false, ""
		x.Phones, x.Prompt, x.Picture, x.Ended = false, challenge{}, challenge{}, ""
		x.MobileID, x.Message = false, challenge{}
	})
}

// open reports whether the transfer can be signed now.
func (x transfer) open(now time.Time) bool { return x.Auth != "" && now.Before(x.Expires) }

// key is the idempotency key of a code: the same code for the same authentication is
// one proof, however often it is sent. It tells nothing about the code.
func (x transfer) key(code string) string {
	m := hmac.New(sha256.New, x.pepper)
	_, _ = fmt.Fprintf(m, "%s %s", x.Auth, code) // a hash takes everything
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// Currency is that of all orders.
func (x transfer) Currency() string { return x.Orders[0].Currency }

// Total is the sum of all orders.
func (x transfer) Total() int64 { return total(x.Orders) }

// Decimals is how many decimals the total has.
func (x transfer) Decimals() int { return x.Orders[0].Decimals() }

// Batch reports whether there are several orders.
func (x transfer) Batch() bool { return len(x.Orders) > 1 }

// paying serves a page of a transfer that the customer is in the middle of. One that
// was carried out leads to its receipt, whatever was clicked: by reload, the back
// button or another window.
func (b *bank) paying(serve func(http.ResponseWriter, *http.Request, session, transfer) error) func(http.ResponseWriter, *http.Request) error {
	return b.private(func(w http.ResponseWriter, r *http.Request, s session) error {
		id := r.PathValue("payment")
		if _, done := b.ledger.find(s.Customer, id); done {
			b.to(w, r, paymentPath(id, "receipt"))
			return nil
		}
		x, ok := b.transfers.use(id)
		if !ok || x.Customer != s.Customer {
			b.kit.Flash(w, ui.Info, "bank.flash.pay_gone")
			b.to(w, r, "/pay")
			return nil
		}
		return serve(w, r, s, x)
	})
}

// to leads on after a form.
func (b *bank) to(w http.ResponseWriter, r *http.Request, path string) {
	http.Redirect(w, r, path, http.StatusSeeOther) //nolint:gosec,nolintlint // a path of ours; whether that must be said depends on what is linted together
}

// accounts are the customer's accounts now.
func (b *bank) accounts(customer string) []account {
	return accounts(customer, b.now().In(b.zone), b.ledger.paid(customer)...)
}

// debit is what a transfer costs in cents of euro. False: more than an account
// can ever hold.
func debit(orders []Order) (int64, bool) {
	c, _ := currencyOf(orders[0].Currency)
	return c.euros(total(orders))
}
