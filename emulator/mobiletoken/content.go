package mobiletoken

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/oath"
)

// Content is what a person is asked to approve. The app shows all of it, and nothing else.
type Content struct {
	Version int         `json:"v"`
	ID      string      `json:"id"`
	Bank    string      `json:"bank"`
	Kind    string      `json:"kind"` // login, payment, access …
	At      time.Time   `json:"at"`
	Lines   [][2]string `json:"lines"`
	Control string      `json:"control"` // to be compared with the bank's page; "" when it is asked for
}

// ErrContent says that a content cannot be shown whole, so that nobody can approve it.
var ErrContent = errors.New("mobiletoken: what the bank asks cannot be shown by this version of the app")

// ParseContent reads a content, strictly: what is not understood could not be shown, and so
// must not be signed.
func ParseContent(text string) (c Content, err error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if d.Decode(&c) != nil || d.More() || c.Version != 1 || c.Bank == "" || c.Kind == "" || len(c.Lines) == 0 {
		return Content{}, ErrContent
	}
	return c, nil
}

// Question is what is signed of a content: the SHA-256 of its UTF-8 octets, a line feed and the
// control digits that were typed or shown, in 64 hexadecimal characters in capitals.
func Question(content, control string) string {
	sum := sha256.Sum256([]byte(content + "\n" + control))
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// Answer approves a content: the OCRA (RFC 6287) of the key that signs, over Question. control is
// what the person typed, or what the content shows. With a wrong PIN it is wrong.
func (t *Token) Answer(pin, content, control string, now time.Time) (string, error) {
	if _, err := ParseContent(content); err != nil {
		return "", err
	}
	if t.SignSuite == "" {
		return "", ErrCannot
	}
	key, err := t.key(pin)
	if err != nil {
		return "", err
	}
	sign, err := hkdf.Key(sha256.New, key, nil, "countersign mobile token sign", 32)
	if err != nil {
		return "", err
	}
	suite, err := oath.ParseSuite(t.SignSuite)
	if err != nil {
		return "", err
	}
	o, err := oath.NewOCRA(suite, sign)
	if err != nil {
		return "", err
	}
	return o.Code(oath.Input{Question: Question(content, control), Time: now})
}

// Comparison is what a new phone shows, where the bank asks for it, so that its owner can say
// that the activation code has reached the right one: four digits.
func (t *Token) Comparison(pin string) (string, error) {
	key, err := t.key(pin)
	if err != nil {
		return "", err
	}
	b, err := hkdf.Key(sha256.New, key, nil, "countersign mobile token compare", 8)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%04d", binary.BigEndian.Uint64(b)%10_000), nil
}
