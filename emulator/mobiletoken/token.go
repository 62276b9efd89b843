package mobiletoken

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha256"
	"errors"
	"io"
	"time"

	"github.com/countersign-auth/countersign/dskpp"
	"github.com/countersign-auth/countersign/oath"
	"github.com/countersign-auth/countersign/pskc"
)

// Token is one key of the app and what its codes look like.
type Token struct {
	ID       string       `json:"id"` // identifier of the key
	Serial   string       `json:"serial"`
	Issuer   string       `json:"issuer"`
	ServerID string       `json:"server_id"`
	Profile  pskc.Profile `json:"profile"`
	Suite    string       `json:"suite"` // of an OCRA key
	Hash     pskc.Hash    `json:"hash"`
	Digits   int          `json:"digits"`
	Step     int64        `json:"step"`    // seconds, of a time-based key
	Counter  uint64       `json:"counter"` // the next one, of an event-based key
	Salt     []byte       `json:"salt"`
	Sealed   []byte       `json:"sealed"` // the key under the PIN

	// What follows is there once the token was activated at a server that speaks the token
	// protocol.
	Server      string `json:"server,omitempty"`      // address, without a slash at the end
	Application string `json:"application,omitempty"` // code
	TokenID     string `json:"token_id,omitempty"`    // of the server
	SignSuite   string `json:"sign_suite,omitempty"`  // by which it approves
	Device      []byte `json:"device,omitempty"`      // private key of the phone, PKCS #8
	Pictures    []byte `json:"pictures,omitempty"`    // JWK set that verifies pictures, kept for offline
	Offset      int64  `json:"offset,omitempty"`      // seconds that the server's clock is ahead
}

// ErrCannot says that a token has no such function.
var ErrCannot = errors.New("mobiletoken: this token cannot do that")

const iterations = 100_000

func newToken(rand io.Reader, k *dskpp.Key, pin string) (*Token, error) {
	t := &Token{
		ID: k.Key.ID, Serial: k.Device.SerialNo, Issuer: k.Key.Issuer, ServerID: k.ServerID, Profile: k.Key.Profile,
		Suite: k.Key.Suite, Hash: k.Key.Hash, Digits: 6, Step: k.Key.Interval.Or(30), Counter: uint64(max(0, k.Key.Counter.Or(0))), Salt: make([]byte, 16),
	}
	if k.Key.Response != nil {
		t.Digits = k.Key.Response.Length
	}
	if _, err := io.ReadFull(rand, t.Salt); err != nil {
		return nil, err
	}
	var err error
	t.Sealed, err = t.crypt(pin, k.Key.Secret.Bytes())
	return t, err
}

// crypt encrypts and decrypts. Every PIN decrypts to something.
func (t *Token) crypt(pin string, in []byte) ([]byte, error) {
	material, err := pbkdf2.Key(sha256.New, pin, t.Salt, iterations, 48)
	if err != nil {
		return nil, err
	}
	b, err := aes.NewCipher(material[:32])
	if err != nil {
		return nil, err
	}
	out := make([]byte, len(in))
	cipher.NewCTR(b, material[32:]).XORKeyStream(out, in)
	return out, nil
}

func (t *Token) key(pin string) ([]byte, error) {
	if !goodPIN(pin) {
		return nil, ErrPIN
	}
	return t.crypt(pin, t.Sealed)
}

// Code returns the secure code to log in with at this moment; an event-based key
// moves on. With a wrong PIN the code is wrong.
func (t *Token) Code(pin string, now time.Time) (string, error) {
	key, err := t.key(pin)
	if err != nil {
		return "", err
	}
	hash, err := oath.ParseHash(string(t.Hash))
	if err != nil {
		return "", err
	}
	switch t.Profile {
	case pskc.ProfileHOTP:
		h, err := oath.NewHOTP(key, oath.HOTPOptions{Digits: t.Digits, Hash: hash})
		if err != nil {
			return "", err
		}
		t.Counter++
		return h.Code(t.Counter - 1), nil
	case pskc.ProfileTOTP:
		h, err := oath.NewTOTP(key, oath.TOTPOptions{Digits: t.Digits, Hash: hash, Step: time.Duration(t.Step) * time.Second})
		if err != nil {
			return "", err
		}
		return h.Code(now)
	default:
		return "", ErrCannot
	}
}

// Approve returns the response to what the server asks, which the app has shown in
// words: the question is the hash of these. With a wrong PIN it is wrong.
func (t *Token) Approve(pin, question string, now time.Time) (string, error) {
	if t.Profile != pskc.ProfileOCRA {
		return "", ErrCannot
	}
	key, err := t.key(pin)
	if err != nil {
		return "", err
	}
	suite, err := oath.ParseSuite(t.Suite)
	if err != nil {
		return "", err
	}
	o, err := oath.NewOCRA(suite, key)
	if err != nil {
		return "", err
	}
	code, err := o.Code(oath.Input{Counter: t.Counter, Question: question, Time: now})
	if err == nil && suite.Counter {
		t.Counter++
	}
	return code, err
}
