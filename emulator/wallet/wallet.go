package wallet

import (
	"context"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/emulator/companion"
	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/envelope/report"
)

// Errors of payments.
var (
	ErrNone   = errors.New("wallet: it has no such token")
	ErrAbsent = errors.New("wallet: the other device is not near")
	ErrWorn   = errors.New("wallet: no key of this token has anything left")
	ErrForged = errors.New("wallet: a message of the other device is not signed by it")
)

// Wallet is the application of a primary device. It serves one goroutine at a time.
type Wallet struct {
	Device *companion.Device
	Near   func(number int) (Peer, bool) // a device that is near now, by its short number
	Memory Memory
}

// Memory is all that survives a restart: keep it as JSON.
type Memory struct {
	Tokens []Token          `json:"tokens"`
	Carry  []report.Carried `json:"carry"` // for devices that were not near yet
}

// Token is a token with what opens it.
type Token struct {
	report.TokenSet

	Keys    []Key               `json:"keys"`           // oldest first
	Data    []Key               `json:"data,omitempty"` // of limited use, for codes; oldest first
	Counter int                 `json:"counter"`
	Paid    []report.Run        `json:"paid"` // counters of all cryptograms that were made
	Cached  []report.DeviceData `json:"cached,omitempty"`
	Since   int64               `json:"since,omitempty"` // when it was got
}

// Key is a limited-use key and what was done with it.
type Key struct {
	report.TokenKey

	Used    int   `json:"used"`
	Charged int64 `json:"charged"`
}

// Peer is a link to a device that is near.
type Peer interface {
	Data(token []byte) (report.DeviceData, error)
	Answer(token []byte, index string, first []byte) ([]byte, error)
	Deliver(l report.Letter) error
	// Signed takes a signed message, and answers with one.
	Signed(m envelope.Link) (envelope.Link, error)
}

func (w *Wallet) now() time.Time { return w.Device.Now() }

// Token finds a token by its id.
func (w *Wallet) Token(id []byte) (*Token, error) {
	for i := range w.Memory.Tokens {
		if string(w.Memory.Tokens[i].Token) == string(id) {
			return &w.Memory.Tokens[i], nil
		}
	}
	return nil, ErrNone
}

// ask sends a request about credentials.
func (w *Wallet) ask(ctx context.Context, r report.Wallet) (report.Credentials, error) {
	a, err := w.Device.Ask(ctx, r)
	if err != nil || a.Pay == nil {
		return report.Credentials{}, err
	}
	return *a.Pay, nil
}

// Cards lists the cards that may have a token here.
func (w *Wallet) Cards(ctx context.Context) ([]report.Card, error) {
	c, err := w.ask(ctx, report.Wallet{Cards: &report.CardsWish{}})
	return c.Cards, err
}

// Add gets a token for a card, gives other devices their parts where they are near, and tells the server that it holds the token. With agree
// the shared key is agreed on and not sent.
func (w *Wallet) Add(ctx context.Context, wish report.TokenWish, agree bool) (*Token, error) {
	var own *ecdh.PrivateKey
	if agree {
		var err error
		if own, err = ecdh.X25519().GenerateKey(rand.Reader); err != nil {
			return nil, err
		}
		wish.Exchange = own.PublicKey().Bytes()
	}
	c, err := w.ask(ctx, report.Wallet{Add: &wish})
	if err != nil {
		return nil, err
	}
	if c.Set == nil {
		return nil, errors.New("wallet: the server sent no token")
	}
	t := Token{TokenSet: *c.Set, Keys: []Key{{TokenKey: c.Set.Key}}}
	if own != nil {
		their, err := ecdh.X25519().NewPublicKey(t.Exchange)
		if err != nil {
			return nil, err
		}
		z, err := own.ECDH(their)
		if err != nil {
			return nil, err
		}
		if t.Shared, err = hkdf.Key(sha256.New, z, append(own.PublicKey().Bytes(), t.Exchange...), "countersign/v1 wallet shared", cryptogram.SharedSize); err != nil {
			return nil, err
		}
	}
	t.Carry, t.Key, t.Exchange = nil, report.TokenKey{}, nil
	w.Memory.Tokens = append(w.Memory.Tokens, t)
	w.Memory.Carry = append(w.Memory.Carry, c.Set.Carry...)
	w.Deliver()
	_, err = w.ask(ctx, report.Wallet{Hold: &report.TokenHeld{Token: t.Token}})
	return &w.Memory.Tokens[len(w.Memory.Tokens)-1], err
}

// Deliver passes parts on to devices that are near, and forgets them (DI-127).
func (w *Wallet) Deliver() {
	w.Memory.Carry = slices.DeleteFunc(w.Memory.Carry, func(c report.Carried) bool {
		p, near := w.Near(c.Device)
		return near && p.Deliver(c.Letter) == nil
	})
}

// Wants reports whether a token's newest key should be followed by another (DI-203, DI-215).
func (w *Wallet) Wants(t *Token) bool {
	if len(t.Keys) == 0 {
		return false
	}
	k := &t.Keys[len(t.Keys)-1]
	now := w.now().UnixMilli()
	share := int64(t.LowShare)
	return k.left(now) != nil || k.Uses > 0 && k.Uses-k.Used <= t.LowUses ||
		k.Amount > 0 && (k.Amount-k.Charged)*100 <= k.Amount*share || (k.Until-now)*100 <= (k.Until-k.From)*share
}

// left is ErrWorn where a key has nothing left.
func (k *Key) left(now int64) error {
	if now >= k.Until || k.Uses > 0 && k.Used >= k.Uses || k.Amount > 0 && k.Charged >= k.Amount {
		return ErrWorn
	}
	return nil
}

// Renew gets the next key of a token, and shows what was paid with it.
func (w *Wallet) Renew(ctx context.Context, t *Token) error {
	k, err := w.next(ctx, t, "")
	if err == nil {
		t.Keys = append(t.Keys, k)
	}
	return err
}

// RenewData gets data of limited use for a token, which make codes ([Wallet.Code]), likewise.
func (w *Wallet) RenewData(ctx context.Context, t *Token) error {
	k, err := w.next(ctx, t, report.LimitedData)
	if err == nil {
		t.Data = append(t.Data, k)
	}
	return err
}

// Renewals is how often the token got keys or data.
func (t *Token) Renewals() (n int) {
	for _, k := range slices.Concat(t.Keys, t.Data) {
		n = max(n, k.Renewal)
	}
	return n
}

// next gets the next key, or data.
func (w *Wallet) next(ctx context.Context, t *Token, kind string) (Key, error) {
	newest := t.Keys[len(t.Keys)-1].Index
	c, err := w.ask(ctx, report.Wallet{Renew: &report.KeyWish{Kind: kind, Token: t.Token, Renewal: t.Renewals() + 1, Index: newest, Paid: slices.Clone(t.Paid)}})
	if err != nil {
		return Key{}, err
	}
	if c.Key == nil {
		return Key{}, errors.New("wallet: the server sent no key")
	}
	w.Memory.Carry = append(w.Memory.Carry, c.Key.Carry...)
	c.Key.Carry = nil
	w.Deliver()
	return Key{TokenKey: *c.Key}, nil
}

// Ends gets letters that wait, and forgets tokens that ended. Letters that ask for a renewal are left to [Wallet.Wants].
func (w *Wallet) Ends(ctx context.Context) (letters []report.Letter, err error) {
	return fetch(ctx, w.Device, func(l report.Letter) error { w.end(l); return nil })
}

func (w *Wallet) end(l report.Letter) {
	if l.Kind == report.LetterEnd {
		w.Memory.Tokens = slices.DeleteFunc(w.Memory.Tokens, func(t Token) bool { return string(t.Token) == string(l.Token) })
	}
}

// Fetch gets letters that wait, and acts on them.
func (w *Wallet) Fetch(ctx context.Context) (letters []report.Letter, err error) {
	return fetch(ctx, w.Device, func(l report.Letter) error {
		w.end(l)
		t, err := w.Token(l.Token)
		switch {
		case errors.Is(err, ErrNone): // it is gone
		case l.Kind == report.LetterRenew && w.Wants(t) || l.Kind == report.LetterRenew && l.Index == t.Keys[len(t.Keys)-1].Index:
			return w.Renew(ctx, t)
		}
		return nil
	})
}

// fetch gets letters until none is left; what was acted on is told with the next message.
func fetch(ctx context.Context, d *companion.Device, act func(report.Letter) error) (all []report.Letter, err error) {
	var had [][]byte
	for {
		a, err := d.Ask(ctx, report.Wallet{Post: &report.Collection{Had: had}})
		if err != nil || a.Pay == nil {
			return all, err
		}
		if had = nil; len(a.Pay.Post) == 0 {
			return all, nil
		}
		for _, l := range a.Pay.Post {
			if err := act(l); err != nil {
				return all, err
			}
			had, all = append(had, l.ID), append(all, l)
		}
	}
}

// binding is what a sealed part belongs to.
func binding(token []byte, key string, part int) cryptogram.Binding {
	return cryptogram.Binding{Token: string(token), Key: key, Part: byte(part)} //nolint:gosec // at most 8 parts
}
