package pki

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
)

// Matter is something that somebody must see to, or signatures fail.
type Matter struct {
	Kind  MatterKind
	When  time.Time // it ends; zero where nothing ends
	Count int       // of certificates; 0 where it is about none
}

// MatterKind says what it is about.
type MatterKind string

// Matters.
const (
	RequestWaits  MatterKind = "request"   // the root must sign the certificate of an issuing authority
	AuthorityEnds MatterKind = "authority" // certificates would be shorter than the configuration says
	RootListEnds  MatterKind = "root_list" // after it no signature is valid
	ListEnds      MatterKind = "list"      // no list was made when it was due
	ResponderEnds MatterKind = "responder" // it was not renewed
	StampingEnds  MatterKind = "stamping"  // it was not renewed
	IsUntold      MatterKind = "untold"    // another authority does not know of revocations
)

// How long before its end something is a matter: well after it should have been renewed, and well before it is late.
const (
	rootListAhead  = 30 * 24 * time.Hour
	responderAhead = 20 * 24 * time.Hour
	stampingAhead  = 365 * 24 * time.Hour
)

// Matters lists what is to be seen to now, in a fixed order.
func (d *Desk) Matters(ctx context.Context) (all []Matter, err error) {
	h, err := d.Health(ctx)
	if err != nil {
		return nil, err
	}
	v, err := d.view(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range v.all {
		if a.Kind == IssuingKind && a.State == Pending {
			all = append(all, Matter{Kind: RequestWaits})
			break
		}
	}
	now := d.Now()
	for _, x := range []struct {
		kind  MatterKind
		ends  time.Time
		ahead time.Duration
	}{
		{AuthorityEnds, h.Authority, d.Validity},
		{RootListEnds, h.RootList, rootListAhead},
		{ListEnds, h.List, d.ListFor / 4},
		{ResponderEnds, h.Responder, responderAhead},
		{StampingEnds, h.Stamping, stampingAhead},
	} {
		// Delegates that end with their authority cannot be renewed before it is.
		if !x.ends.IsZero() && x.ends.Sub(now) < x.ahead && (x.kind == AuthorityEnds || !x.ends.Equal(h.Authority)) {
			all = append(all, Matter{Kind: x.kind, When: x.ends})
		}
	}
	if h.Untold > 0 {
		all = append(all, Matter{Kind: IsUntold, Count: h.Untold})
	}
	return all, nil
}

// countUntold is how many certificates [Desk.Untold] would list.
func (d *Desk) countUntold(ctx context.Context) (n int, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		return tx.Row("SELECT count(*) FROM pki_certificate WHERE "+untold, tx.Now).Scan(&n)
	})
	return n, err
}
