package app

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/oath"
)

// oathCmd computes codes as oathtool does, and OCRA besides.
type oathCmd struct {
	HOTP hotpCmd `cmd:"" name:"hotp" help:"Event-based code (RFC 4226)."`
	TOTP totpCmd `cmd:"" name:"totp" help:"Time-based code (RFC 6238)."`
	OCRA ocraCmd `cmd:"" name:"ocra" help:"Challenge-response code (RFC 6287)."`
}

type hotpCmd struct {
	Key       string `required:"" placeholder:"HEX" help:"Test key in hexadecimal. Arguments are visible to others on this machine: never a customer's key."`
	Counter   uint64 `required:"" help:"Moving factor."`
	Digits    int    `default:"6" help:"Digits of the code, 6 to 10."`
	Algorithm string `default:"sha1" enum:"sha1,sha256,sha512" help:"Hash: sha1, sha256 or sha512."`
}

// Run prints the code.
func (c *hotpCmd) Run(e *env) error {
	key, hash, err := oathKey(c.Key, c.Algorithm)
	if err != nil {
		return err
	}
	h, err := oath.NewHOTP(key, oath.HOTPOptions{Hash: hash, Digits: c.Digits})
	if err != nil {
		return err
	}
	return e.line(h.Code(c.Counter))
}

type totpCmd struct {
	Key       string        `required:"" placeholder:"HEX" help:"Test key in hexadecimal."`
	Time      time.Time     `placeholder:"RFC3339" help:"Moment; now when left out."`
	Step      time.Duration `default:"30s" help:"Time step."`
	Epoch     int64         `default:"0" help:"T0 in seconds of Unix time."`
	Digits    int           `default:"6" help:"Digits of the code, 6 to 10."`
	Algorithm string        `default:"sha1" enum:"sha1,sha256,sha512" help:"Hash: sha1, sha256 or sha512."`
}

// Run prints the code.
func (c *totpCmd) Run(e *env) error {
	key, hash, err := oathKey(c.Key, c.Algorithm)
	if err != nil {
		return err
	}
	t, err := oath.NewTOTP(key, oath.TOTPOptions{Hash: hash, Digits: c.Digits, Step: c.Step, Epoch: c.Epoch})
	if err != nil {
		return err
	}
	code, err := t.Code(e.at(c.Time))
	if err != nil {
		return err
	}
	return e.line(code)
}

type ocraCmd struct {
	Suite    string    `required:"" help:"OCRA suite, such as OCRA-1:HOTP-SHA1-6:QN08."`
	Key      string    `required:"" placeholder:"HEX" help:"Test key in hexadecimal."`
	Question string    `help:"Challenge, in the suite's format."`
	Counter  uint64    `help:"Counter, for suites with C."`
	PIN      string    `name:"pin" help:"PIN, for suites with PSHA1, PSHA256 or PSHA512."`
	Session  string    `placeholder:"HEX" help:"Session information in hexadecimal, for suites with S."`
	Time     time.Time `placeholder:"RFC3339" help:"Moment, for suites with T; now when left out."`
}

// Run prints the response.
func (c *ocraCmd) Run(e *env) error {
	suite, err := oath.ParseSuite(c.Suite)
	if err != nil {
		return err
	}
	key, _, err := oathKey(c.Key, "sha1")
	if err != nil {
		return err
	}
	session, err := unhex("--session", c.Session)
	if err != nil {
		return err
	}
	if suite.PIN != oath.NoPIN && c.PIN == "" {
		return hinted{errors.New("the suite asks for a PIN"), "Give it with --pin."}
	}
	in := oath.Input{Counter: c.Counter, Question: c.Question, Session: session, Time: e.at(c.Time)}
	if suite.PIN != oath.NoPIN {
		in.PIN = suite.HashPIN(c.PIN)
	}
	o, err := oath.NewOCRA(suite, key)
	if err != nil {
		return err
	}
	code, err := o.Code(in)
	if err != nil {
		return err
	}
	return e.line(code)
}

// oathKey reads a key and the name of a hash.
func oathKey(key, hash string) ([]byte, oath.Hash, error) {
	b, err := unhex("--key", key)
	if err != nil {
		return nil, 0, err
	}
	h, err := oath.ParseHash(hash)
	return b, h, err
}

// unhex reads hexadecimal; blanks and a leading 0x are allowed. The error never
// repeats the text: it may be a key.
func unhex(flag, text string) ([]byte, error) {
	t := strings.TrimPrefix(strings.ReplaceAll(text, " ", ""), "0x")
	b, err := hex.DecodeString(t)
	if err != nil {
		return nil, fmt.Errorf("%s is not hexadecimal: it has %d characters; it needs an even number of 0-9 and a-f", flag, len(t))
	}
	return b, nil
}

// at returns t, or now when it was not given.
func (e *env) at(t time.Time) time.Time {
	if t.IsZero() {
		return e.now()
	}
	return t
}

// line prints one line of result.
func (e *env) line(s string) error {
	_, err := fmt.Fprintln(e.stdout, s)
	return err
}
