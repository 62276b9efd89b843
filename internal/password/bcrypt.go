package password

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"

	"golang.org/x/crypto/bcrypt"
)

const (
	maxCost    = 14 // about a second
	bcryptSeen = 72 // bytes of a password that bcrypt takes in
	saltChars  = 22
	sumChars   = 31
	bcryptTail = saltChars + sumChars
)

// bcryptText is the base64 of bcrypt: an alphabet of its own.
var bcryptText = base64.NewEncoding("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789").WithPadding(base64.NoPadding)

// readBcrypt reads $2a$, $2b$ and $2y$, which are one algorithm; $2x$ marks hashes of
// a faulty implementation that nobody can verify without its fault.
func readBcrypt(text string) (Hash, error) {
	bad := errors.New("it is a bcrypt hash that cannot be read: it must be $2a$, $2b$ or $2y$, a cost of two digits, and 53 characters")
	if len(text) != 7+bcryptTail || text[3] != '$' || text[6] != '$' || text[2] != 'a' && text[2] != 'b' && text[2] != 'y' {
		return Hash{}, bad
	}
	cost, err := strconv.ParseUint(text[4:6], 10, 8)
	if err != nil || cost < 4 || cost > 31 {
		return Hash{}, bad
	}
	salt, sum := text[7:7+saltChars], text[7+saltChars:]
	if _, err := bcryptText.DecodeString(salt); err != nil {
		return Hash{}, bad
	}
	if _, err := bcryptText.Strict().DecodeString(sum); err != nil { // it could never fit
		return Hash{}, bad
	}
	if cost > maxCost {
		return Hash{}, fmt.Errorf("it is a bcrypt hash that costs too much: cost %d; here it may be %d", cost, maxCost)
	}
	text = "$2b" + text[3:]
	return Hash{family: Bcrypt, scheme: text[:6], text: text, first: bcryptSeen, fits: func(password []byte) (bool, error) {
		err := bcrypt.CompareHashAndPassword([]byte(text), password)
		if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
			return false, nil
		}
		return err == nil, err
	}}, nil
}
