package mobileid_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"math/big"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/ota/applet"
)

// cards is a messaging server that has its cards at hand: what is sent lies with the card until the
// test answers. It speaks the messages of the application with real keys.
type cards struct {
	w   *world
	mu  sync.Mutex
	all map[ident.ID]*sim
}

// sim is one card.
type sim struct {
	mobileid.Card

	c       *cards
	keys    map[applet.Role]crypto.Signer
	inbox   []letter
	dropped []ident.ID
	sent    int
}

// letter is a command that has come.
type letter struct {
	id ident.ID
	applet.Command
}

func (c *cards) add(phone string) *sim {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.all) + 1
	s := &sim{c: c, keys: map[applet.Role]crypto.Signer{}, Card: mobileid.Card{ID: ident.Derive("card", strconv.Itoa(n)), ICCID: "894100000000000000" + strconv.Itoa(n), Number: phone, Usable: true}}
	c.all[s.ID] = s
	return s
}

func (c *cards) one(match func(*sim) bool) (mobileid.Card, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.all {
		if match(s) {
			return s.Card, true, nil
		}
	}
	return mobileid.Card{}, false, nil
}

func (c *cards) ByNumber(_ *db.Tx, n string) (mobileid.Card, bool, error) {
	return c.one(func(s *sim) bool { return s.Number == n })
}

func (c *cards) ByICCID(_ *db.Tx, n string) (mobileid.Card, bool, error) {
	return c.one(func(s *sim) bool { return s.ICCID == n })
}

func (c *cards) Card(_ *db.Tx, id ident.ID) (mobileid.Card, bool, error) {
	return c.one(func(s *sim) bool { return s.ID == id })
}

// Move gives the number of one card to another.
func (c *cards) Move(tx *db.Tx, by audit.Actor, number, iccid, _ string) error {
	from := c.pass(number, iccid)
	return c.w.desk.CardMoved(tx, by, from)
}

func (c *cards) pass(number, iccid string) (from mobileid.Card) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.all {
		switch {
		case s.Number == number:
			from = s.Card
			s.Number, s.Usable = "", false
		case s.ICCID == iccid:
			s.Number, s.Usable = number, true
		}
	}
	return from
}

// Send puts the command into the card's inbox once the transaction has committed.
func (c *cards) Send(tx *db.Tx, p mobileid.Packet) (ident.ID, error) {
	command, err := applet.ParseCommand(p.Data)
	if err != nil {
		return ident.ID{}, err
	}
	id := ident.New(tx.Now, rand.Reader)
	tx.After(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		s := c.all[p.Card]
		s.sent++
		s.inbox = append(s.inbox, letter{id, command})
	})
	return id, nil
}

func (c *cards) Drop(tx *db.Tx, id ident.ID) error {
	tx.After(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, s := range c.all {
			s.dropped = append(s.dropped, id)
		}
	})
	return nil
}

// next takes the oldest command of a kind from the inbox.
func (s *sim) next(k applet.Kind) letter {
	s.c.w.Helper()
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	for i, l := range s.inbox {
		if l.Kind == k {
			s.inbox = append(s.inbox[:i:i], s.inbox[i+1:]...)
			return l
		}
	}
	s.c.w.Fatalf("the card was sent no %s", k)
	return letter{}
}

func (s *sim) count(k applet.Kind) (n int) {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	for _, l := range s.inbox {
		if l.Kind == k {
			n++
		}
	}
	return n
}

func (s *sim) acknowledge(l letter) {
	s.c.w.Helper()
	s.c.w.write(func(tx *db.Tx) error { return s.c.w.desk.Acknowledged(tx, mobileid.Answer{Message: l.id}) })
}

// answer sends an answer; without a transaction it is that of the command.
func (s *sim) answer(l letter, a applet.Answer) {
	s.c.w.Helper()
	a.Kind, a.Transaction = l.Kind, l.Transaction
	if a.Result != applet.WrongPIN {
		a.Tries = -1
	}
	s.raw(l, a.Append(nil), 0)
}

func (s *sim) raw(l letter, data []byte, status byte) {
	s.c.w.Helper()
	s.c.w.write(func(tx *db.Tx) error {
		return s.c.w.desk.Answered(tx, mobileid.Answer{Message: l.id, Data: data, Status: status})
	})
}

func (s *sim) refuse(r applet.Result) {
	s.c.w.Helper()
	s.answer(s.next(applet.Sign), applet.Answer{Result: r, Tries: 2})
}

// generate makes the key that is asked for, once the person has typed the control code.
func (s *sim) generate(control string) letter {
	s.c.w.Helper()
	l := s.next(applet.Generate)
	if (l.Control == applet.TypedControl) != (control != "") || control != "" && control != l.ControlCode() {
		s.c.w.Fatalf("the control code %q is not that of the command", control)
	}
	if !applet.GoodRequest(l.Algorithm, l.Head, l.Tail, l.Nonce) {
		s.c.w.Fatal("the request is none")
	}
	s.acknowledge(l)
	public := s.make(l.Role, l.Algorithm)
	hash, err := applet.RequestHash(l.Algorithm, l.Head, l.Tail, public)
	s.c.w.check(err)
	s.answer(l, applet.Answer{Public: public, Signature: s.hash(l.Role, hash)})
	return l
}

// make makes a key pair, and returns its public half as it travels.
func (s *sim) make(r applet.Role, a applet.Algorithm) []byte {
	if a == applet.RSA2048 {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		s.c.w.check(err)
		s.keys[r] = k
		return k.N.FillBytes(make([]byte, 256))
	}
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	s.c.w.check(err)
	s.keys[r] = k
	b, err := k.PublicKey.Bytes()
	s.c.w.check(err)
	return b
}

func (s *sim) hash(r applet.Role, hash [32]byte) []byte {
	b, err := s.keys[r].Sign(rand.Reader, hash[:], crypto.SHA256)
	s.c.w.check(err)
	return b
}

// approve signs the oldest request.
func (s *sim) approve() letter {
	s.c.w.Helper()
	l := s.next(applet.Sign)
	s.acknowledge(l)
	s.answer(l, applet.Answer{Signature: s.hash(l.Role, l.Signed())})
	return l
}

// authority issues real certificates and judges by real chains; what it says of their status is set
// by the test.
type authority struct {
	clock *dbtest.Clock
	root  *x509.Certificate
	key   *ecdsa.PrivateKey

	mu      sync.Mutex
	issued  map[ident.ID]mobileid.Issued
	state   map[string]string // by serial number
	why     map[string]mobileid.RevocationReason
	fail    error             // of everything that may fail
	verdict *mobileid.Verdict // in place of the real one
	spoil   func(*mobileid.Issued)
	life    time.Duration
	hold    func() // runs in Validate
}

func newAuthority(t testing.TB, clock *dbtest.Clock) *authority {
	t.Helper()
	a := &authority{clock: clock, issued: map[ident.ID]mobileid.Issued{}, state: map[string]string{}, why: map[string]mobileid.RevocationReason{}, life: 365 * 24 * time.Hour}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test CA"}, NotBefore: clock.Now().Add(-time.Hour), NotAfter: clock.Now().Add(10 * 365 * 24 * time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err == nil {
		a.root, err = x509.ParseCertificate(der)
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *authority) Issue(_ context.Context, c mobileid.Certification) (mobileid.Issued, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.fail != nil {
		return mobileid.Issued{}, a.fail
	}
	if x, done := a.issued[c.Key]; done {
		return x, nil
	}
	request, err := x509.ParseCertificateRequest(c.Request)
	if err == nil {
		err = request.CheckSignature()
	}
	if err != nil {
		return mobileid.Issued{}, err
	}
	usage := x509.KeyUsageDigitalSignature
	if c.Role == applet.Signing {
		usage = x509.KeyUsageContentCommitment
	}
	serial := big.NewInt(int64(len(a.issued)) + 100)
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: c.Name, SerialNumber: c.Person, Country: []string{c.Country}, Organization: []string{c.Organization}},
		NotBefore: a.clock.Now(), NotAfter: a.clock.Now().Add(a.life), KeyUsage: usage,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.root, request.PublicKey, a.key)
	x := mobileid.Issued{Certificate: der, Chain: a.root.Raw, Serial: serial.Text(16), Expires: template.NotAfter}
	if a.spoil != nil {
		a.spoil(&x)
	}
	a.issued[c.Key], a.state[x.Serial] = x, "good"
	return x, err
}

func (a *authority) set(serial, state string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.state[serial] == "" {
		return errors.New("no such certificate: " + serial)
	}
	a.state[serial] = state
	return nil
}

func (a *authority) Revoke(_ *db.Tx, _ audit.Actor, serial string, why mobileid.RevocationReason) error {
	a.mu.Lock()
	a.why[serial] = why
	a.mu.Unlock()
	return a.set(serial, "revoked")
}

func (a *authority) Hold(_ *db.Tx, _ audit.Actor, serial string) error { return a.set(serial, "hold") }

func (a *authority) Release(_ *db.Tx, _ audit.Actor, serial string) error {
	return a.set(serial, "good")
}

// Assemble names the parts; package pki makes the real thing.
func (a *authority) Assemble(p mobileid.Parts) ([]byte, error) {
	return append([]byte("cms "), p.Signature...), nil
}

func (a *authority) Validate(_ context.Context, p mobileid.Parts, _ []byte, at time.Time) (mobileid.Verdict, error) {
	if a.hold != nil {
		a.hold()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.fail != nil {
		return mobileid.Verdict{}, a.fail
	}
	if a.verdict != nil {
		return *a.verdict, nil
	}
	leaf, err := x509.ParseCertificate(p.Certificate)
	if err != nil || leaf.CheckSignatureFrom(a.root) != nil || at.After(leaf.NotAfter) {
		return mobileid.Verdict{Reason: mobileid.BadCertificate}, nil
	}
	switch a.state[leaf.SerialNumber.Text(16)] {
	case "good":
		return mobileid.Verdict{Good: true, OCSP: []byte("good")}, nil
	case "hold":
		return mobileid.Verdict{Reason: mobileid.HeldCert}, nil
	}
	return mobileid.Verdict{Reason: mobileid.RevokedCert}, nil
}

func (a *authority) Stamp(_ context.Context, digest [32]byte) ([]byte, error) {
	if a.fail != nil {
		return nil, a.fail
	}
	return []byte("stamp " + hex.EncodeToString(digest[:])), nil
}

func sum(s string) [32]byte { return sha256.Sum256([]byte(s)) }
