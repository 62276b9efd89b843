package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
)

// BlockMobileToken is the request of blockMobileToken.
type BlockMobileToken struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string `json:"-" path:"id" maxLength:"64" doc:"The id of the mobile token."`
	Reason         string `json:"reason" minLength:"1" maxLength:"200" doc:"Why, for people."`
	Until          string `json:"until,omitempty" maxLength:"40" doc:"When the block ends by itself, such as 2026-11-03T09:00:00Z; without it, it does not."`
	EvenLast       bool   `json:"even_last,omitempty" doc:"Also when the customer is left without a token that can be used. Otherwise that is refused."`
}

// ArchiveMobileToken is the request of archiveMobileToken.
type ArchiveMobileToken struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string `json:"-" path:"id" maxLength:"64" doc:"The id of the mobile token."`
	Reason         string `json:"reason" minLength:"1" maxLength:"200" doc:"Why, for people."`
	EvenLast       bool   `json:"even_last,omitempty" doc:"Also when the customer is left without a token that can be used. Otherwise that is refused."`
}

// EnableMobileToken is the request of enableMobileToken.
type EnableMobileToken struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string `json:"-" path:"id" maxLength:"64" doc:"The id of the mobile token."`
	Reason         string `json:"reason" minLength:"1" maxLength:"200" doc:"Why, for people."`
}

// RenameMobileToken is the request of renameMobileToken.
type RenameMobileToken struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string `json:"-" path:"id" maxLength:"64" doc:"The id of the mobile token."`
	Name           string `json:"name" maxLength:"60" doc:"What its owner calls it; empty for no name."`
}

func (a *API) mobileActOperations() []operation {
	at := func(id, rest, summary, text string) route {
		return mobileRoute(id, http.MethodPost, rest, summary, text, client.MobileWrite)
	}
	blocked, archived := exampleMobileToken("blocked"), exampleMobileToken("archived")
	blocked.BlockedBy, blocked.Reason = "operator", "The customer lost the phone."
	archived.StateBefore, archived.Reason = "active", "The phone was sold."
	return []operation{
		act[BlockMobileToken, MobileToken]{
			route:  at("blockMobileToken", "/{id}/block", "Block a mobile token", "Takes an active token out of use at once; what was to bring it to another device ends with it. The owner cannot end a block of the bank's. The last token that the customer can use is refused (409, mobiletoken.last) unless even_last is set."),
			status: http.StatusOK, repeats: stored, do: a.blockMobileToken, in: BlockMobileToken{Reason: "The customer lost the phone.", EvenLast: true}, out: blocked,
		},
		act[EnableMobileToken, MobileToken]{
			route:  at("enableMobileToken", "/{id}/enable", "Enable a blocked mobile token", "Whoever asks might be why it was blocked."+identifiedText),
			status: http.StatusOK, repeats: stored, do: a.enableMobileToken, in: EnableMobileToken{Reason: "The phone was found."}, out: exampleMobileToken("active"),
		},
		act[ArchiveMobileToken, MobileToken]{
			route:  at("archiveMobileToken", "/{id}/archive", "Archive a mobile token", "Ends it for good and destroys its keys: there is no way back. The last token that the customer can use is refused (409, mobiletoken.last) unless even_last is set."),
			status: http.StatusOK, repeats: stored, do: a.archiveMobileToken, in: ArchiveMobileToken{Reason: "The phone was sold."}, out: archived,
		},
		act[RenameMobileToken, MobileToken]{
			route:  mobileRoute("renameMobileToken", http.MethodPatch, "/{id}", "Name a mobile token", "Customers with several tell them apart by names.", client.MobileWrite),
			status: http.StatusOK, do: a.renameMobileToken, in: RenameMobileToken{Name: "my phone"}, out: exampleMobileToken("active"),
		},
	}
}

// mobileAct is an act that needs nothing but the token.
func (a *API) mobileAct(f func(context.Context, audit.Actor, mobiletoken.Order) (mobiletoken.Token, error)) func(context.Context, *call, *MobileTokenRef) (MobileToken, error) {
	return func(ctx context.Context, c *call, in *MobileTokenRef) (MobileToken, error) {
		o, err := a.mobileOrder(ctx, in.CustomerNumber, in.ID)
		return a.afterMobile(ctx, o, err, func() error {
			_, err := f(ctx, c.access.Actor(), o)
			return err
		})
	}
}

// afterMobile carries an act out, unless its token cannot be named, and answers with the
// token as it is then.
func (a *API) afterMobile(ctx context.Context, o mobiletoken.Order, err error, f func() error) (MobileToken, error) {
	if err == nil {
		err = f()
	}
	if err != nil {
		return MobileToken{}, err
	}
	return a.mobileNow(ctx, o.Customer, o.Token)
}

func (a *API) blockMobileToken(ctx context.Context, c *call, in *BlockMobileToken) (MobileToken, error) {
	var until time.Time
	if in.Until != "" {
		var err error
		if until, err = bodyTime(in.Until, "/until"); err != nil {
			return MobileToken{}, err
		}
	}
	o, err := a.mobileOrder(ctx, in.CustomerNumber, in.ID)
	o.Reason, o.Warned = in.Reason, in.EvenLast
	return a.afterMobile(ctx, o, err, func() error {
		_, err := a.Mobile.Block(ctx, c.access.Actor(), o, until)
		return err
	})
}

func (a *API) enableMobileToken(ctx context.Context, c *call, in *EnableMobileToken) (MobileToken, error) {
	o, err := a.mobileOrder(ctx, in.CustomerNumber, in.ID)
	o.Reason = in.Reason
	return a.afterMobile(ctx, o, err, func() error {
		_, err := a.Mobile.Enable(ctx, c.access.Actor(), o)
		return err
	})
}

func (a *API) archiveMobileToken(ctx context.Context, c *call, in *ArchiveMobileToken) (MobileToken, error) {
	o, err := a.mobileOrder(ctx, in.CustomerNumber, in.ID)
	o.Reason, o.Warned = in.Reason, in.EvenLast
	return a.afterMobile(ctx, o, err, func() error {
		_, err := a.Mobile.Archive(ctx, c.access.Actor(), o)
		return err
	})
}

func (a *API) renameMobileToken(ctx context.Context, c *call, in *RenameMobileToken) (MobileToken, error) {
	o, err := a.mobileOrder(ctx, in.CustomerNumber, in.ID)
	return a.afterMobile(ctx, o, err, func() error {
		_, err := a.Mobile.Rename(ctx, c.access.Actor(), o, in.Name)
		return err
	})
}
