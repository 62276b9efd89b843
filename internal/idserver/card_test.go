package idserver_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"slices"
	"sync"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/ota/applet"
)

// card is the one card of a messaging server: what is sent to it waits until the test answers.
type card struct {
	mobileid.Card

	w     *world
	mu    sync.Mutex
	inbox []letter
	keys  map[applet.Role]*ecdsa.PrivateKey
}

// letter is a command that has come.
type letter struct {
	id ident.ID
	applet.Command
}

func newCard(number string) *card {
	return &card{Card: mobileid.Card{ID: ident.Derive("card"), ICCID: "8941000000000000001", Number: number, Usable: true}, keys: map[applet.Role]*ecdsa.PrivateKey{}}
}

func (c *card) ByNumber(_ *db.Tx, n string) (mobileid.Card, bool, error) {
	return c.Card, n == c.Number, nil
}

func (c *card) ByICCID(_ *db.Tx, n string) (mobileid.Card, bool, error) {
	return c.Card, n == c.ICCID, nil
}

// Move is for nobody: there is no other card.
func (c *card) Move(*db.Tx, audit.Actor, string, string, string) error {
	return errors.New("there is no other card")
}

func (c *card) find(id ident.ID) (mobileid.Card, bool, error) { return c.Card, id == c.ID, nil }

// cards is the messaging server of the card.
type cards struct{ *card }

func (c cards) Card(_ *db.Tx, id ident.ID) (mobileid.Card, bool, error) { return c.find(id) }

// Send lays a command into the inbox once it is committed.
func (c *card) Send(tx *db.Tx, p mobileid.Packet) (ident.ID, error) {
	command, err := applet.ParseCommand(p.Data)
	id := ident.New(tx.Now, rand.Reader)
	tx.After(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.inbox = append(c.inbox, letter{id, command})
	})
	return id, err
}

func (c *card) Drop(*db.Tx, ident.ID) error { return nil }

// next takes the oldest command of a kind.
func (c *card) next(k applet.Kind) letter {
	c.w.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.inbox, func(l letter) bool { return l.Kind == k })
	if i < 0 {
		c.w.Fatalf("the card was sent no %s", k)
	}
	l := c.inbox[i]
	c.inbox = slices.Delete(c.inbox, i, i+1)
	return l
}

func (c *card) count(k applet.Kind) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.inbox {
		if l.Kind == k {
			n++
		}
	}
	return n
}

func (c *card) answer(l letter, a applet.Answer) {
	c.w.Helper()
	a.Kind, a.Transaction, a.Tries = l.Kind, l.Transaction, -1
	c.w.write(func(tx *db.Tx) error {
		return c.w.signers.Answered(tx, mobileid.Answer{Message: l.id, Data: a.Append(nil)})
	})
}

// generate makes the key that is asked for.
func (c *card) generate() {
	c.w.Helper()
	l := c.next(applet.Generate)
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	c.w.check(err)
	c.keys[l.Role] = k
	public, err := k.PublicKey.Bytes()
	c.w.check(err)
	hash, err := applet.RequestHash(l.Algorithm, l.Head, l.Tail, public)
	c.w.check(err)
	c.answer(l, applet.Answer{Public: public, Signature: c.hash(k, hash)})
}

func (c *card) hash(k *ecdsa.PrivateKey, hash [32]byte) []byte {
	c.w.Helper()
	b, err := k.Sign(rand.Reader, hash[:], crypto.SHA256)
	c.w.check(err)
	return b
}

// sign signs the oldest request, as it should.
func (c *card) sign() {
	c.w.Helper()
	l := c.next(applet.Sign)
	c.answer(l, applet.Answer{Signature: c.hash(c.keys[l.Role], l.Signed())})
}
