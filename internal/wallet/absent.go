package wallet

import (
	"crypto/subtle"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/vault"
)

// StandIn answers a first intermediate cryptogram in place of a secondary that is away (DI-150, DI-151, DI-198, DD-1). refused is true for a PIN that
// is wrong, which is counted. Faults: "wallet.token" (NotFound), "wallet.alone" (Denied: no PIN was chosen, or it was wrong too often),
// "wallet.assist" (Conflict: the token works in the other way), "wallet.key" (Denied: the key is of no use).
func (d *Desk) StandIn(tx *db.Tx, from companion.Companion, w *report.StandIn) (out report.Credentials, refused bool, err error) {
	t, s, err := d.absent(tx, &from, w.Token, encryption)
	if err != nil {
		return out, false, err
	}
	if right, err := d.unlock(tx, &from, &s, w.PIN); err != nil || !right {
		return out, err == nil, err
	}
	x, err := cryptogram.ParseIndex(w.Index)
	if err != nil {
		return out, false, fault.Invalidf("wallet.index", "%s is no index of a key.", w.Index).WithField("/stand_in/index")
	}
	g, there, err := vault.GrantOf(tx, t.ID, vault.Key, x)
	if err != nil {
		return out, false, err
	}
	if !there || g.State(tx.Now) != "" {
		return out, false, useless()
	}
	key, p, err := d.Vault.LimitedKey(tx, &t, x)
	if err != nil {
		return out, false, err
	}
	defer clear(key)
	suite, err := p.Profile.CipherSuite()
	if err != nil {
		return out, false, err
	}
	_, share, err := s.split(suite, key, x)
	if err != nil {
		return out, false, err
	}
	variant := cryptogram.Protected
	if p.Profile.Variant == cryptogram.Plain.String() {
		variant = cryptogram.Plain
	}
	second, err := cryptogram.NewSecondary(share, variant)
	if err != nil {
		return out, false, err
	}
	if out.Second, err = second.Answer(w.First); err != nil {
		return out, false, fault.Invalidf("wallet.first", "The first intermediate cryptogram has another length.").WithField("/stand_in/first")
	}
	if s.Sealed {
		out.Data = s.data()
	}
	record(tx, AuditStoodIn, &from, t.ID, map[string]any{"index": w.Index})
	return out, false, stand(tx, &t, x)
}

// Release gives the data of secondaries that are away, which open what is sealed (DI-149 to DI-152). Results as for [Desk.StandIn].
func (d *Desk) Release(tx *db.Tx, from companion.Companion, w *report.Release) (out report.Credentials, refused bool, err error) {
	t, s, err := d.absent(tx, &from, w.Token, "storage")
	if err != nil {
		return out, false, err
	}
	if right, err := d.unlock(tx, &from, &s, w.PIN); err != nil || !right {
		return out, err == nil, err
	}
	out.Data = s.data()
	newest, err := vault.Newest(tx, t.ID, vault.Key)
	if err != nil {
		return out, false, err
	}
	if err := d.copies(tx, &t, &s, newest, out.Data); err != nil {
		return out, false, err
	}
	record(tx, AuditReleased, &from, t.ID, map[string]any{"index": newest.String()})
	return out, false, stand(tx, &t, newest)
}

// data is what the devices give to open what is sealed.
func (b *box) data() (all []report.DeviceData) {
	for i := range b.With {
		p := &b.With[i]
		all = append(all, report.DeviceData{Number: p.Number, Kind: p.Kind, Value: p.Value, Secret: b.secret(p)})
	}
	return all
}

// copies adds parts that lie on the absent devices: they are made again.
func (d *Desk) copies(tx *db.Tx, t *vault.Token, s *set, x cryptogram.Index, data []report.DeviceData) error {
	m := mail{d: d, tx: tx, token: t, b: &s.box}
	number, err := d.Vault.TokenNumber(t)
	if err != nil {
		return err
	}
	if err := m.seal(report.SealedPart{What: "token"}, "token", []byte(number)); err != nil {
		return err
	}
	key, _, err := d.Vault.LimitedKey(tx, t, x)
	if err != nil {
		return err
	}
	defer clear(key)
	if key != nil {
		if err := m.seal(report.SealedPart{What: "key"}, x.String(), key); err != nil {
			return err
		}
	}
	for i := range data {
		data[i].Parts = m.there[data[i].Number]
	}
	return nil
}

// absent finds a token whose devices may be stood in for, and which may pay: what is given opens credentials for later.
func (d *Desk) absent(tx *db.Tx, from *companion.Companion, token []byte, assist string) (t vault.Token, s set, err error) {
	if err = primary(tx, from); err != nil {
		return t, s, err
	}
	if t, err = own(tx, from, token); err != nil {
		return t, s, err
	}
	s, there, err := d.open(tx, t.ID)
	switch {
	case err != nil:
		return t, s, err
	case !there:
		return t, s, fault.NotFoundf("wallet.token", "This device has no such token.")
	case s.Assist != assist:
		return t, s, fault.Conflictf("wallet.assist", "The other devices of this token help in another way.")
	case !t.Usable(tx.Now):
		return t, s, useless()
	case len(s.pin) == 0 || s.tries >= Tries:
		return t, s, fault.Deniedf("wallet.alone", "The server does not stand in for the other devices of this token: no PIN was chosen, or it was wrong too often. Add the card again.")
	}
	return t, s, nil
}

func useless() error {
	return fault.Deniedf("wallet.key", "The key or its token is of no use now.")
}

// unlock compares a PIN and counts. One conditional statement counts, so that parallel guesses get no more tries.
func (d *Desk) unlock(tx *db.Tx, from *companion.Companion, s *set, pin string) (bool, error) {
	if subtle.ConstantTimeCompare(d.Ring.MAC(pinLabel, s.token[:], []byte(pin)), s.pin) == 1 {
		n, err := tx.Exec("UPDATE wallet_set SET tries = 0 WHERE token = $1 AND tries < $2", s.token, Tries)
		return n == 1, err
	}
	record(tx, AuditWrongPIN, from, s.token, nil)
	_, err := tx.Exec("UPDATE wallet_set SET tries = tries + 1 WHERE token = $1 AND tries < $2", s.token, Tries)
	return false, err
}

// stand remembers that the server stood in with a key.
func stand(tx *db.Tx, t *vault.Token, x cryptogram.Index) error {
	_, err := tx.Exec("INSERT INTO wallet_stood (customer, token, number) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", t.Customer, t.ID, int64(x))
	return err
}

// stood reports whether it did, however long ago: a cryptogram may be kept.
func stood(tx *db.Tx, token ident.ID, x cryptogram.Index) (bool, error) {
	var n int
	err := tx.Row("SELECT COUNT(*) FROM wallet_stood WHERE token = $1 AND number = $2", token, int64(x)).Scan(&n)
	return n > 0, err
}

// Contributed lists the short numbers of the secondaries whose half of a key took part in its cryptograms: none where the server stood in with that key, or
// where they gave their data alone, which proves no more than that these were readable.
func (d *Desk) Contributed(tx *db.Tx, token ident.ID, x cryptogram.Index) ([]int, error) {
	s, there, err := d.open(tx, token)
	if err != nil || !there || s.Assist != encryption {
		return nil, err
	}
	if instead, err := stood(tx, token, x); err != nil || instead {
		return nil, err
	}
	return []int{s.With[0].Number}, nil
}
