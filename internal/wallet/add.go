package wallet

import (
	"fmt"
	"io"
	"strconv"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/vault"
)

// Cards lists the cards of the device's owner that may have a token on it. Faults: "companion.role", "wallet.fresh" (Denied).
func (d *Desk) Cards(tx *db.Tx, from companion.Companion) (out report.Credentials, err error) {
	if err := primary(tx, &from); err != nil {
		return out, err
	}
	all, err := vault.AccountsOf(tx, from.Customer)
	for _, a := range all {
		if a.Status != vault.Good || a.Over(tx.Now) {
			continue
		}
		p, err := vault.PortfolioOf(tx, a.Portfolio)
		if err != nil {
			return out, err
		}
		out.Cards = append(out.Cards, report.Card{Card: a.ID[:], Last4: a.Last4, Expires: a.Expires, Assist: p.Profile.Assist, Wrap: p.Profile.Wrap})
	}
	return out, err
}

// Add makes a token for a card on the device, with its first key, to be used together with other devices (DI-111 to DI-128, DI-154 to DI-177).
// Faults: those of [Desk.Cards]; "wallet.card" (NotFound); "wallet.peer" (Invalid: a device that cannot take part); "wallet.how", "wallet.exchange"
// (Invalid); those of vault.Desk.Issue.
func (d *Desk) Add(tx *db.Tx, from companion.Companion, w *report.TokenWish) (out report.Credentials, err error) {
	if err := primary(tx, &from); err != nil {
		return out, err
	}
	card, last4, p, err := cardOf(tx, from.Customer, w.Card)
	if err != nil {
		return out, err
	}
	b := box{Secret: make([]byte, 32), Assist: p.Profile.Assist, Wrap: p.Profile.Wrap, How: w.How, Place: w.Place, Sealed: w.Sealed && p.Profile.Assist == encryption}
	if _, err := io.ReadFull(d.Rand, b.Secret); err != nil {
		return out, fmt.Errorf("wallet: a key: %w", err)
	}
	if err := b.plan(len(w.With)); err != nil {
		return out, err
	}
	if err := d.peers(tx, &from, w.With, &b); err != nil {
		return out, err
	}
	if err := b.room(); err != nil {
		return out, err
	}
	public, err := b.agree(w.Exchange, d.Rand)
	if err != nil {
		return out, fault.Invalidf("wallet.exchange", "The public key cannot be used: give one of X25519.").WithField("/add/exchange")
	}
	if b.How == report.Crossed {
		if b.Map, err = cryptogram.Cross(len(b.With), d.Rand); err != nil {
			return out, err
		}
	}
	by := audit.Customer(from.Customer)
	t, err := d.Vault.IssueIn(tx, by, card, from.ID)
	if err != nil {
		return out, err
	}
	if err := d.store(tx, &t.Token, &b, w.PIN); err != nil {
		return out, err
	}
	s := report.TokenSet{
		Token: t.ID[:], Last4: t.Last4, Until: t.Expires.UnixMilli(), Suite: p.Profile.Suite, Assist: b.Assist, Variant: p.Profile.Variant, Wrap: b.Wrap, How: b.How,
		Static: p.Profile.Static, Cache: int(p.Profile.Cache.Duration().Seconds()), LowUses: p.Profile.LowUses, LowShare: p.Profile.LowShare,
		Salt: b.salt(), Exchange: public, With: b.told(), PIN: w.PIN != "",
	}
	if public == nil {
		s.Shared = b.Shared
	}
	m := mail{d: d, tx: tx, token: &t.Token, b: &b}
	if b.Assist == encryption {
		s.Number = t.Number
	} else if err := m.seal(report.SealedPart{What: "token"}, "token", []byte(t.Number)); err != nil {
		return out, err
	}
	s.Parts = m.take()
	if s.Key, err = d.key(&m, 1); err != nil {
		return out, err
	}
	s.Carry, s.Key.Carry = s.Key.Carry, nil
	if s.Approval = p.Profile.Adding == vault.AddApproved; s.Approval {
		if err := d.Vault.SuspendIn(tx, by, t.ID, vault.Cause{Reason: vault.ByApproval}); err != nil {
			return out, err
		}
	}
	out.Set = &s
	if d.Added != nil {
		if err := d.Added(tx, by, Added{Customer: from.Customer, Token: t.ID, Device: from.Name, Card: last4, Waits: s.Approval, At: tx.Now}); err != nil {
			return out, err
		}
	}
	record(tx, AuditAdded, &from, t.ID, map[string]any{"approval": s.Approval, "assist": b.Assist, "how": b.How, "place": b.Place, "with": w.With, "agreed": public != nil, "stands_in": w.PIN != ""})
	return out, nil
}

// cardOf is a card of a customer, with its portfolio.
func cardOf(tx *db.Tx, customer ident.ID, id []byte) (card ident.ID, last4 string, p vault.Portfolio, err error) {
	all, err := vault.AccountsOf(tx, customer)
	if err != nil {
		return card, "", p, err
	}
	for _, a := range all {
		if a.ID == ident.ID(id) {
			p, err = vault.PortfolioOf(tx, a.Portfolio)
			return a.ID, a.Last4, p, err
		}
	}
	return card, "", p, fault.NotFoundf("wallet.card", "The customer has no such card.").WithField("/add/card")
}

// plan completes how devices are combined, and refuses what cannot be.
func (b *box) plan(devices int) error {
	if b.How == "" {
		if b.How = report.Sum; devices == 1 {
			b.How = report.Single
		}
	}
	if b.Place == "" {
		b.Place = report.OnPrimary
	}
	bad := func(field, why string) error {
		return fault.Invalidf("wallet.how", "The devices cannot be combined like that: %s.", why).WithField("/add/" + field)
	}
	switch b.How {
	case report.Single:
		if devices != 1 {
			return bad("how", "single is for one device")
		}
	case report.Sum, report.ExclusiveOr, report.Concatenate, report.Apart, report.Crossed:
		if devices < 2 {
			return bad("how", b.How+" is for two devices or more")
		}
		if b.How == report.Apart && devices != 2 {
			return bad("how", "apart is for two devices")
		}
		if b.Assist == encryption {
			return bad("how", "a split key has one other device")
		}
	default:
		return bad("how", "single, sum, xor, concatenate, apart or crossed")
	}
	switch b.Place {
	case report.OnPrimary:
	case report.OnSecondary, report.KeyThere, report.TokenThere:
		if b.How == report.Crossed || b.Assist == encryption {
			return bad("place", "where parts lie follows from the way itself")
		}
	default:
		return bad("place", "primary, secondary, key_there or token_there")
	}
	return nil
}

// room refuses places on devices that keep nothing.
func (b *box) room() error {
	for i := range b.With {
		if p := &b.With[i]; !p.Keeps && (b.How == report.Crossed || i == 0 && b.Place != report.OnPrimary) {
			return badPeer(p.Number, "it cannot keep anything: let the credentials lie on the primary")
		}
	}
	return nil
}

func badPeer(number int, why string) error {
	return fault.Invalidf("wallet.peer", "Device %s cannot take part: %s.", strconv.Itoa(number), why).WithField("/add/with")
}

// Hold puts a token into use that the device has stored, unless it waits for the approval of its owner; what is held already stays so. Faults: "wallet.token" (NotFound), "vault.state" (Conflict).
func (d *Desk) Hold(tx *db.Tx, from companion.Companion, h *report.TokenHeld) error {
	t, err := own(tx, &from, h.Token)
	if err != nil || t.Ready {
		return err
	}
	return d.Vault.ActivateIn(tx, audit.Customer(from.Customer), t.ID)
}
