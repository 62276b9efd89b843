package deviceserver

import (
	"context"

	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/push"
)

// Pushes is where pushes go that wake devices; push.Desk keeps it.
type Pushes interface {
	On() bool
	PublicKey(ctx context.Context) (string, error)
	BindDevice(tx *db.Tx, by audit.Actor, customer, device ident.ID, s push.Subscription) error
}

// wake says where pushes reach a device, or that there are to be none, and answers with the key under which one subscribes.
func (s *Server) wake(ctx context.Context, in *report.Wake) (effect, error) {
	if s.Pushes == nil || !s.Pushes.On() {
		return nil, fault.Conflictf("push.off", "This bank sends no pushes. Ask for letters now and then.")
	}
	key, err := s.Pushes.PublicKey(ctx)
	if err != nil {
		return nil, err
	}
	return func(tx *db.Tx, from companion.Companion, a *report.Answer) (err error) {
		by := audit.Customer(from.Customer)
		switch {
		case in.Off:
			err = push.EndDevice(tx, by, from.Customer, from.ID)
		case in.Endpoint != "":
			err = s.Pushes.BindDevice(tx, by, from.Customer, from.ID, push.Subscription{Endpoint: in.Endpoint, P256DH: in.P256DH, Auth: in.Auth, Key: in.Key})
		}
		a.Pay = &report.Credentials{Push: key}
		return err
	}, nil
}
