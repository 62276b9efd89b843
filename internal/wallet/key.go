package wallet

import (
	"time"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/vault"
)

// mail makes what each device gets.
type mail struct {
	d     *Desk
	tx    *db.Tx
	token *vault.Token
	b     *box

	parts []report.SealedPart         // for the primary
	there map[int][]report.SealedPart // for secondaries, by their numbers
}

// take gives the primary's parts, and begins anew.
func (m *mail) take() []report.SealedPart {
	out := m.parts
	m.parts = nil
	return out
}

// seal seals a credential as the set wants it, and places it. part says what it is; key is what it is bound to besides the token.
func (m *mail) seal(part report.SealedPart, key string, credential []byte) error {
	if m.b.How == report.Crossed {
		pieces, err := cryptogram.Parts(credential, len(m.b.With))
		if err != nil {
			return err
		}
		for i, piece := range pieces {
			part.Part, part.Parts = i, len(pieces)
			under, on := m.b.With[m.b.Map.Under[i]:][:1], m.b.With[m.b.Map.On[i]].Number
			if err := m.place(part, key, piece, cryptogram.Single, under, on); err != nil {
				return err
			}
		}
		return nil
	}
	part.Parts = 1
	how, under := cryptogram.Single, m.b.With
	switch m.b.How {
	case report.Sum:
		how = cryptogram.Sum
	case report.ExclusiveOr:
		how = cryptogram.ExclusiveOr
	case report.Concatenate:
		how = cryptogram.Concatenate
	case report.Apart: // the token under the first device, the key under the second
		if under = m.b.With[:1]; part.What == "key" {
			under = m.b.With[1:]
		}
	}
	on := 0
	if m.b.Place == report.OnSecondary || m.b.Place == report.KeyThere && part.What == "key" || m.b.Place == report.TokenThere && part.What == "token" {
		on = m.b.With[0].Number
	}
	return m.place(part, key, credential, how, under, on)
}

// place seals one part under devices, and gives it to whom it lies with.
func (m *mail) place(part report.SealedPart, key string, credential []byte, how cryptogram.Combination, under []peer, on int) error {
	wrap := cryptogram.Patent
	if m.b.Wrap == hardened {
		wrap = cryptogram.Hardened
	}
	devices := make([]cryptogram.Device, len(under))
	part.Under = nil
	for i := range under {
		devices[i] = m.b.device(&under[i])
		part.Under = append(part.Under, under[i].Number)
	}
	kek, err := cryptogram.NewKEK(wrap, m.b.Shared, how, devices...)
	if err != nil {
		return err
	}
	sealed, err := kek.Seal(cryptogram.Binding{Token: string(m.token.ID[:]), Key: key, Part: byte(part.Part)}, credential) //nolint:gosec // at most 8 parts
	if err != nil {
		return err
	}
	part.On = on
	mine := part
	if part.Sealed = sealed; on == 0 {
		mine.Sealed = sealed
	} else {
		if m.there == nil {
			m.there = map[int][]report.SealedPart{}
		}
		m.there[on] = append(m.there[on], part)
	}
	m.parts = append(m.parts, mine)
	return nil
}

// key makes the next limited-use key of a token, for all its devices.
func (d *Desk) key(m *mail, renewal int) (out report.TokenKey, err error) {
	g, err := d.Vault.RenewIn(m.tx, audit.Customer(m.token.Customer), m.token.ID, vault.Key, renewal)
	if err != nil {
		return out, err
	}
	defer clear(g.Secret)
	out = told(&g.Grant, renewal)
	var share cryptogram.Share
	if m.b.Assist == encryption {
		p, err := vault.PortfolioOf(m.tx, m.token.Portfolio)
		if err != nil {
			return out, err
		}
		suite, err := p.Profile.CipherSuite()
		if err != nil {
			return out, err
		}
		first, second, err := m.b.split(suite, g.Secret, g.Index)
		if err != nil {
			return out, err
		}
		if share = second; !m.b.Sealed {
			out.Share = first.Bytes()
		} else if err := m.seal(report.SealedPart{What: "share"}, out.Index, first.Bytes()); err != nil {
			return out, err
		}
	} else if err := m.seal(report.SealedPart{What: "key"}, out.Index, g.Secret); err != nil {
		return out, err
	}
	out.Parts = m.take()
	out.Carry, err = m.send(out.Index, share)
	return out, err
}

// data makes limited-use data of a token: a secret for codes, which opens with all its other devices and lies on the primary.
func (d *Desk) data(m *mail, renewal int) (out report.TokenKey, err error) {
	g, err := d.Vault.RenewIn(m.tx, audit.Customer(m.token.Customer), m.token.ID, vault.Data, renewal)
	if err != nil {
		return out, err
	}
	defer clear(g.Secret)
	out = told(&g.Grant, renewal)
	how := cryptogram.Single
	if len(m.b.With) > 1 {
		how = map[string]cryptogram.Combination{report.ExclusiveOr: cryptogram.ExclusiveOr, report.Concatenate: cryptogram.Concatenate}[m.b.How]
		if how == cryptogram.Single {
			how = cryptogram.Sum
		}
	}
	if err := m.place(report.SealedPart{What: report.LimitedData, Parts: 1}, out.Index, g.Secret, how, m.b.With, 0); err != nil {
		return out, err
	}
	out.Parts = m.take()
	if m.b.Assist != encryption || m.b.Sealed {
		return out, nil // the devices have their secrets
	}
	for i := range m.b.With {
		p := &m.b.With[i]
		l := report.Letter{Kind: report.LetterPart, Token: m.token.ID[:], Index: out.Index, Name: p.Kind, Secret: m.b.secret(p)}
		if !p.Direct {
			out.Carry = append(out.Carry, report.Carried{Device: p.Number, Letter: l})
		} else if err := d.post(m.tx, m.token.Customer, p.ID, l); err != nil {
			return out, err
		}
	}
	return out, nil
}

// told is what a device is told of a grant.
func told(g *vault.Grant, renewal int) report.TokenKey {
	return report.TokenKey{
		Renewal: renewal, Index: g.Index.String(), KeySet: g.KeySet, Uses: g.Limit.Uses, Amount: g.Limit.Amount, Currency: g.Limit.Currency, Foreign: g.Limit.Foreign,
		From: g.Created.UnixMilli(), Until: g.Expires.UnixMilli(),
	}
}

// send gives secondaries what is theirs: as letters, or by the primary.
func (m *mail) send(index string, share cryptogram.Share) (carry []report.Carried, err error) {
	for i := range m.b.With {
		p := &m.b.With[i]
		if !p.Keeps {
			continue
		}
		l := report.Letter{Kind: report.LetterPart, Token: m.token.ID[:], Index: index, Name: p.Kind, Secret: m.b.secret(p), Parts: m.there[p.Number]}
		if p.Sign != nil {
			l.Primary = m.b.Primary
		}
		if m.b.Assist == encryption {
			if l.Share = share.Bytes(); !m.b.Sealed {
				l.Secret = nil
			}
		}
		if !p.Direct {
			carry = append(carry, report.Carried{Device: p.Number, Letter: l})
			continue
		}
		if err := m.d.post(m.tx, m.token.Customer, p.ID, l); err != nil {
			return nil, err
		}
	}
	m.there = nil
	return carry, nil
}

// skew is by how much the clocks of two nodes may differ.
const skew = time.Minute

// Renew makes the next key of a token, or data (DI-28 to DI-30, DI-203). A log that lacks a payment which the server saw since the last renewal, under whichever key, shows a
// copy of the device: the token is suspended, and copied is true; nothing is given out then. Faults: "wallet.token" (NotFound), "wallet.index" (Conflict: it is not the
// newest key of the token), those of vault.Desk.Renew.
func (d *Desk) Renew(tx *db.Tx, from companion.Companion, w *report.KeyWish) (out report.Credentials, copied bool, err error) {
	if err := primary(tx, &from); err != nil {
		return out, false, err
	}
	t, err := own(tx, &from, w.Token)
	if err != nil {
		return out, false, err
	}
	s, there, err := d.open(tx, t.ID)
	if err != nil || !there {
		return out, false, orElse(err, fault.NotFoundf("wallet.token", "This device has no such token."))
	}
	x, err := cryptogram.ParseIndex(w.Index)
	if err != nil {
		return out, false, fault.Invalidf("wallet.index", "%s is no index of a key.", w.Index).WithField("/renew/index")
	}
	newest, err := vault.NewestOf(tx, t.ID, vault.Key)
	if err != nil {
		return out, false, err
	}
	if newest.Index != x {
		return out, false, fault.Conflictf("wallet.index", "The newest key of this token is another one. Ask for letters, or add the card again.")
	}
	paid, err := d.Paid(tx, t.ID, newest.Created.Add(-skew))
	if err != nil {
		return out, false, err
	}
	for _, n := range paid {
		if !report.Logged(w.Paid, n) {
			record(tx, AuditCopied, &from, t.ID, map[string]any{"index": w.Index, "counter": n})
			return out, true, d.Vault.SuspendIn(tx, audit.System("wallet"), t.ID, vault.Cause{Reason: vault.ByIssuer, About: "payments that the device does not know"})
		}
	}
	m, next := mail{d: d, tx: tx, token: &t, b: &s.box}, d.key
	if w.Kind == report.LimitedData {
		next = d.data
	}
	k, err := next(&m, w.Renewal)
	out.Key = &k
	return out, false, err
}
