package simcard

import (
	"crypto"
	"errors"
	"fmt"

	"github.com/countersign-auth/countersign/ota/applet"
)

// pin tries a PIN, and signs when it is right. The try is counted in the store first, so that
// pulling the plug gives nobody another one.
func (c *Card) pin(typed string) error {
	d := c.d
	s := c.m.slot(d.cmd.Role)
	s.Tries--
	if !c.save() {
		s.Tries++
		return errors.New("simcard: the memory cannot be written")
	}
	signer, err := c.m.open(d.cmd.Role, typed)
	switch {
	case errors.Is(err, errWrong) && s.Tries == 0:
		c.end(applet.Answer{Result: applet.PINBlocked, Tries: 0}, wordPINBlocked)
		return nil
	case errors.Is(err, errWrong):
		d.wrong, d.hint = true, wordWrongPIN.of(d.cmd.Language, s.Tries)
		return nil
	case err != nil:
		return fmt.Errorf("simcard: open the key: %w", err)
	}
	s.Tries = pinTries
	signature, err := c.sign(signer, d.cmd.Signed())
	if err != nil {
		return err
	}
	c.end(applet.Answer{Signature: signature, Tries: -1}, wordSigned)
	return nil
}

func (c *Card) sign(k crypto.Signer, hash [32]byte) ([]byte, error) {
	signature, err := k.Sign(c.cfg.Rand, hash[:], crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("simcard: sign: %w", err)
	}
	return signature, nil
}

// generate makes the pair, and signs the certification request with it: the only time that
// the key is used without its PIN, which the person has typed twice just now.
func (c *Card) generate(pin string) error {
	d := c.d
	signer, err := c.m.fill(c.cfg.Rand, d.cmd.Role, d.cmd.Algorithm, pin)
	if err != nil {
		return fmt.Errorf("simcard: make a key: %w", err)
	}
	public := c.m.slot(d.cmd.Role).Public
	hash, err := applet.RequestHash(d.cmd.Algorithm, d.cmd.Head, d.cmd.Tail, public)
	if err != nil {
		return err
	}
	signature, err := c.sign(signer, hash)
	if err != nil {
		return err
	}
	c.end(applet.Answer{Public: public, Signature: signature, Tries: -1}, wordGenerated)
	return nil
}

// puk tries a PUK; counted first, as PINs are.
func (c *Card) puk(typed string) error {
	d := c.d
	l := &c.m.PUK
	l.Tries--
	if !c.save() {
		l.Tries++
		return errors.New("simcard: the memory cannot be written")
	}
	inner, err := c.m.byPUK(d.cmd.Role, typed)
	switch {
	case errors.Is(err, errWrong) && l.Tries == 0:
		c.end(applet.Answer{Result: applet.PUKBlocked, Tries: -1}, wordPUKBlocked)
		return nil
	case errors.Is(err, errWrong):
		d.hint = wordWrongPUK.of(d.cmd.Language, l.Tries)
		return nil
	case err != nil:
		return fmt.Errorf("simcard: open by PUK: %w", err)
	}
	l.Tries = pukTries
	d.inner, d.step = inner, newPIN
	return nil
}
