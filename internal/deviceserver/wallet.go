package deviceserver

import (
	"context"

	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Wallets gives devices payment credentials; wallet.Desk does. All of it runs in the transaction that takes a message.
type Wallets interface {
	Cards(tx *db.Tx, c companion.Companion) (report.Credentials, error)
	Add(tx *db.Tx, c companion.Companion, w *report.TokenWish) (report.Credentials, error)
	Hold(tx *db.Tx, c companion.Companion, h *report.TokenHeld) error
	Renew(tx *db.Tx, c companion.Companion, w *report.KeyWish) (out report.Credentials, copied bool, err error)
	Post(tx *db.Tx, c companion.Companion, w *report.Collection) (report.Credentials, error)
	StandIn(tx *db.Tx, c companion.Companion, w *report.StandIn) (out report.Credentials, refused bool, err error)
	Release(tx *db.Tx, c companion.Companion, w *report.Release) (out report.Credentials, refused bool, err error)
	Waiting(tx *db.Tx, device ident.ID) (int, error)
}

// Refusals that leave something behind, such as a counted try: so they are said in an answer, and are no failure of the message.
var (
	wrongPIN = report.Problem{Code: "wallet.pin", Detail: "The PIN is wrong. After five wrong ones in a row the card must be added again.", Field: "/pin"}
	copiedIt = report.Problem{Code: "wallet.copied", Detail: "The bank knows payments that this device does not: the token is suspended. Call the bank."}
)

// wallet answers what is asked about payment credentials.
func (s *Server) wallet(ctx context.Context, c *call) (effect, error) {
	if s.Wallets == nil {
		return nil, fault.Deniedf("wallet.off", "This bank has no payment tokens.")
	}
	in, err := report.Read[report.Wallet](c.body)
	if err != nil {
		return nil, err
	}
	if err := in.Check(); err != nil {
		return nil, err
	}
	if in.Wake != nil {
		return s.wake(ctx, in.Wake)
	}
	return func(tx *db.Tx, from companion.Companion, a *report.Answer) (err error) {
		var out report.Credentials
		var refused, copied bool
		switch {
		case in.Cards != nil:
			out, err = s.Wallets.Cards(tx, from)
		case in.Add != nil:
			out, err = s.Wallets.Add(tx, from, in.Add)
		case in.Hold != nil:
			err = s.Wallets.Hold(tx, from, in.Hold)
		case in.Renew != nil:
			out, copied, err = s.Wallets.Renew(tx, from, in.Renew)
		case in.Post != nil:
			out, err = s.Wallets.Post(tx, from, in.Post)
		case in.StandIn != nil:
			out, refused, err = s.Wallets.StandIn(tx, from, in.StandIn)
		case in.Release != nil:
			out, refused, err = s.Wallets.Release(tx, from, in.Release)
		}
		switch {
		case err != nil:
			return err
		case refused:
			a.Error = &wrongPIN
		case copied:
			a.Error = &copiedIt
		default:
			a.Pay = &out
		}
		return nil
	}, nil
}

// waiting tells a device how many letters wait for it, whatever it asked.
func (s *Server) waiting(tx *db.Tx, from companion.Companion, a *report.Answer) (err error) {
	if s.Wallets != nil {
		a.Waiting, err = s.Wallets.Waiting(tx, from.ID)
	}
	return err
}
