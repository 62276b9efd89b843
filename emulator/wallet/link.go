package wallet

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"

	"github.com/countersign-auth/countersign/emulator/companion"
	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/envelope/report"
)

// near is the link to a device, which is signed where both can sign (DI-109).
func (w *Wallet) near(with *report.TokenPeer) (Peer, bool) {
	p, near := w.Near(with.Number)
	if !near || with.Sign == nil {
		return p, near
	}
	return &signed{p, w, with.Sign}, true
}

// signed is a link to a device that verifies what the primary says, and is verified.
type signed struct {
	Peer

	w   *Wallet
	key *report.LinkKey
}

// Data implements [Peer].
func (s *signed) Data(token []byte) (d report.DeviceData, err error) {
	body, err := s.ask(envelope.Link{Kind: envelope.LinkData, Token: token})
	if err == nil {
		err = json.Unmarshal(body, &d)
	}
	return d, err
}

// Answer implements [Peer].
func (s *signed) Answer(token []byte, index string, first []byte) ([]byte, error) {
	return s.ask(envelope.Link{Kind: envelope.LinkCipher, Token: token, Index: index, Body: first})
}

func (s *signed) ask(m envelope.Link) ([]byte, error) {
	m.Nonce = make([]byte, 16)
	if _, err := rand.Read(m.Nonce); err != nil {
		return nil, err
	}
	if err := sign(s.w.Device, &m); err != nil {
		return nil, err
	}
	a, err := s.Signed(m)
	if err != nil {
		return nil, err
	}
	if !a.Answer || a.Kind != m.Kind || a.Index != m.Index || !bytes.Equal(a.Token, m.Token) || !bytes.Equal(a.Nonce, m.Nonce) || !verified(&a, s.key) {
		return nil, ErrForged
	}
	return a.Body, nil
}

// Signed answers a message that the primary of a token signed, and signs the answer. It says nothing to anybody else.
func (s *Thing) Signed(m envelope.Link) (a envelope.Link, err error) {
	k := s.kept(m.Token)
	if k == nil || k.Primary == nil || s.Device == nil {
		return a, errors.New("wallet: the other device has no key of this one yet")
	}
	if m.Answer || !verified(&m, k.Primary) {
		return a, ErrForged
	}
	a = m
	a.Answer = true
	if m.Kind == envelope.LinkCipher {
		a.Body, err = s.answer(m.Token, m.Index, m.Body)
	} else {
		var d report.DeviceData
		if d, err = s.data(m.Token); err == nil {
			a.Body, err = json.Marshal(d) //nolint:gosec // the link is theirs
		}
	}
	if err != nil {
		return envelope.Link{}, err
	}
	return a, sign(s.Device, &a)
}

func sign(d *companion.Device, m *envelope.Link) error {
	by, err := d.Signer()
	if err != nil {
		return err
	}
	return m.Sign(by)
}

func verified(m *envelope.Link, key *report.LinkKey) bool {
	scheme, ok := envelope.ReadScheme(key.Scheme)
	if !ok {
		return false
	}
	v, err := envelope.NewVerifier(scheme, key.Verifier)
	return err == nil && m.Verify(v)
}
