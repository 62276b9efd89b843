package wallet

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/envelope/report"
)

// Purchase is what an access device asks the wallet to pay. Exactly one of Chip and Dynamic may be there; with none of them the cryptogram is over
// the static text that was agreed on.
type Purchase struct {
	Amount   int64  // minor units
	Currency string // ISO 4217, three letters
	Chip     *cryptogram.Transaction
	Dynamic  []byte
	PIN      string // typed by the owner because the other device is away; "" otherwise
}

// Presentation is what the wallet gives the access device.
type Presentation struct {
	Number      string // the token's
	Index       cryptogram.Index
	Counter     int
	Application cryptogram.ApplicationData
	Cryptogram  []byte // whole
	Cached      bool   // made with data that the other device gave before
	StoodIn     bool   // the server stood in for it
}

// Pay makes the cryptogram of a purchase with a token, together with the other devices (DI-131 to DI-153, DI-178 to DI-198). Errors are ErrWorn, ErrAbsent, those
// of the server, or say what is wrong with the purchase.
func (w *Wallet) Pay(ctx context.Context, t *Token, p Purchase) (out Presentation, err error) {
	w.Forget()
	k := usable(t.Keys, w.now().UnixMilli(), p)
	if k == nil {
		return out, ErrWorn
	}
	x, err := cryptogram.ParseIndex(k.Index)
	if err != nil {
		return out, err
	}
	t.Counter++ // before anything is made with it: it is never used twice
	out.Index, out.Counter = x, t.Counter
	out.Application = cryptogram.ApplicationData{KeySet: byte(k.KeySet), CVR: [5]byte{3, 0xA0}, Index: x} //nolint:gosec // 1 to 255
	data, err := p.data(t, &out)
	if err != nil {
		return out, err
	}
	if t.Assist == "encryption" {
		out.Number = t.Number
		out.Cryptogram, err = w.together(ctx, t, k, data, p.PIN, &out)
	} else {
		var whole *cryptogram.Key
		if out.Number, whole, err = w.opened(ctx, t, k, "key", p.PIN, &out); err == nil {
			out.Cryptogram = whole.Cryptogram(data)
		}
	}
	if err != nil {
		return out, err
	}
	t.took(k, p)
	return out, nil
}

// took counts what was made with a key or data.
func (t *Token) took(k *Key, p Purchase) {
	k.Used++
	if k.Amount > 0 && p.Currency == k.Currency {
		k.Charged += p.Amount
	}
	t.Paid = report.Log(t.Paid, t.Counter)
}

// data is what the cryptogram is over.
func (p *Purchase) data(t *Token, out *Presentation) ([]byte, error) {
	if p.Chip == nil {
		return cryptogram.Input{Dynamic: p.Dynamic, Static: t.Static, Count: uint32(out.Counter)}.Data() //nolint:gosec // at most 65,535
	}
	c := *p.Chip
	c.ATC, c.Tail = uint16(out.Counter), out.Application.CVR[:] //nolint:gosec // at most 65,535
	return c.Data()
}

// usable is the newest key that the purchase does not exceed; nil for none.
func usable(all []Key, now int64, p Purchase) *Key {
	for i := range slices.Backward(all) {
		k := &all[i]
		foreign := k.Amount > 0 && p.Currency != k.Currency
		switch {
		case k.left(now) != nil, foreign && k.Foreign != "count", k.Amount > 0 && !foreign && k.Charged+p.Amount > k.Amount:
			continue
		}
		return k
	}
	return nil
}

// together makes a split cryptogram.
func (w *Wallet) together(ctx context.Context, t *Token, k *Key, data []byte, pin string, out *Presentation) ([]byte, error) {
	peer, near := w.near(&t.With[0])
	if !near && pin == "" {
		return nil, ErrAbsent
	}
	half := k.Share
	if half == nil { // it lies sealed
		given, err := w.gather(ctx, t, "", out)
		if err != nil {
			return nil, err
		}
		if half, err = w.open(t, k.Parts, "share", k.Index, given); err != nil {
			return nil, err
		}
		defer clear(half)
	}
	share, err := cryptogram.ParseShare(half)
	if err != nil {
		return nil, err
	}
	variant := cryptogram.Protected
	if t.Variant == cryptogram.Plain.String() {
		variant = cryptogram.Plain
	}
	own, err := cryptogram.NewPrimary(share, variant)
	if err != nil {
		return nil, err
	}
	first := own.First(data)
	var second []byte
	if near {
		second, err = peer.Answer(t.Token, k.Index, first)
	} else {
		var c report.Credentials
		c, err = w.ask(ctx, report.Wallet{StandIn: &report.StandIn{Token: t.Token, Index: k.Index, First: first, PIN: pin}})
		second, out.StoodIn = c.Second, true
	}
	if err != nil {
		return nil, err
	}
	return own.Final(second)
}

// opened opens the number of a token, where it is sealed, and a key or data with the data of the other devices.
func (w *Wallet) opened(ctx context.Context, t *Token, k *Key, what, pin string, out *Presentation) (number string, key *cryptogram.Key, err error) {
	given, err := w.gather(ctx, t, pin, out)
	if err != nil {
		return "", nil, err
	}
	if number = t.Number; number == "" {
		plain, err := w.open(t, t.Parts, "token", "token", given)
		if err != nil {
			return "", nil, err
		}
		number = string(plain)
	}
	secret, err := w.open(t, k.Parts, what, k.Index, given)
	if err != nil {
		return "", nil, err
	}
	defer clear(secret)
	suite, err := cryptogram.ParseSuite(t.Suite)
	if err != nil {
		return "", nil, err
	}
	key, err = cryptogram.NewKey(suite, secret)
	return number, key, err
}

// gather gets the data of the other devices: what is kept, of those that are near, or of the server.
func (w *Wallet) gather(ctx context.Context, t *Token, pin string, out *Presentation) (all []report.DeviceData, err error) {
	for i := range t.With {
		p := &t.With[i]
		peer, near := w.near(p)
		if !near {
			break
		}
		d, err := peer.Data(t.Token)
		if err != nil {
			return nil, err
		}
		if !known(t, d) {
			return nil, fmt.Errorf("wallet: what device %d gave is of no token here", p.Number) // DI-156
		}
		d.Number = p.Number
		all = append(all, d)
	}
	switch {
	case len(all) == len(t.With):
		if t.Cache > 0 {
			t.Cached, t.Since = all, w.now().UnixMilli()
		}
		return all, nil
	case t.Cached != nil:
		out.Cached = true
		return t.Cached, nil
	case pin == "":
		return nil, ErrAbsent
	}
	c, err := w.ask(ctx, report.Wallet{Release: &report.Release{Token: t.Token, PIN: pin}})
	out.StoodIn = true
	return c.Data, err
}

// known finds a device by the hash of what it gave: who it is is not kept here.
func known(t *Token, d report.DeviceData) bool {
	h := cryptogram.Device{Kind: d.Kind, Value: d.Value}.Hash(t.Salt)
	return slices.ContainsFunc(t.With, func(p report.TokenPeer) bool { return string(p.Hash) == string(h[:]) })
}

// Forget deletes what other devices gave, when its time is over (DI-147).
func (w *Wallet) Forget() {
	for i := range w.Memory.Tokens {
		t := &w.Memory.Tokens[i]
		if t.Cached != nil && w.now().UnixMilli() >= t.Since+int64(t.Cache)*1000 {
			t.Cached, t.Since = nil, 0
		}
	}
}

// open puts a credential together that lies sealed on one or several devices.
func (w *Wallet) open(t *Token, parts []report.SealedPart, what, key string, given []report.DeviceData) (plain []byte, err error) {
	profile := cryptogram.Patent
	if t.Wrap == "hardened" {
		profile = cryptogram.Hardened
	}
	ways := map[string]cryptogram.Combination{report.Sum: cryptogram.Sum, report.ExclusiveOr: cryptogram.ExclusiveOr, report.Concatenate: cryptogram.Concatenate}
	for _, part := range parts {
		var devices []cryptogram.Device
		for _, n := range part.Under {
			i := slices.IndexFunc(given, func(d report.DeviceData) bool { return d.Number == n })
			if i < 0 {
				return nil, ErrAbsent
			}
			devices = append(devices, cryptogram.Device{Kind: given[i].Kind, Value: given[i].Value, Secret: given[i].Secret})
		}
		how := cryptogram.Single
		if len(devices) > 1 {
			if how = ways[t.How]; how == cryptogram.Single {
				how = cryptogram.Sum // data, where key and number open otherwise
			}
		}
		kek, err := cryptogram.NewKEK(profile, t.Shared, how, devices...)
		if err != nil {
			return nil, err
		}
		sealed := part.Sealed
		if part.On != 0 {
			if sealed = elsewhere(given, part, what); sealed == nil {
				return nil, errors.New("wallet: a part does not lie where it should")
			}
		}
		piece, err := kek.Open(binding(t.Token, key, part.Part), sealed)
		if err != nil {
			return nil, err
		}
		plain = append(plain, piece...)
	}
	return plain, nil
}

// elsewhere finds a part among what devices gave; the newest of them.
func elsewhere(given []report.DeviceData, part report.SealedPart, what string) (sealed []byte) {
	for _, d := range given {
		if d.Number != part.On {
			continue
		}
		for _, x := range d.Parts {
			if x.What == what && x.Part == part.Part {
				sealed = x.Sealed
			}
		}
	}
	return sealed
}
