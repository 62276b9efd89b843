package password

import (
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // old servers have it, and PBKDF2 needs no more of it than HMAC does
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
)

// Bounds of PBKDF2 hashes from elsewhere.
const (
	maxIterations = 2_000_000
	maxBlocks     = 4_000_000 // iterations × blocks of output: about a second
)

// base64Text is the base64 of PHC strings.
var base64Text = base64.RawStdEncoding.Strict()

var errPBKDF2 = errors.New("it is a PBKDF2 hash that cannot be read: write $pbkdf2-sha256$i=600000,l=32$SALT$HASH or pbkdf2_sha256$600000$SALT$HASH, with sha1, sha256 or sha512, a salt of 4 to 64 bytes and a hash of 16 to 64")

// derivation is a hash by PBKDF2 (RFC 8018, section 5.2) taken apart.
type derivation struct {
	digest     string // sha1, sha256, sha512
	iterations int
	salt, sum  []byte
}

func readPBKDF2(text string) (Hash, error) {
	read := phc
	if !strings.HasPrefix(text, "$") {
		read = django
	}
	d, ok := read(text)
	if !ok || d.make() == nil || d.iterations < 1 || len(d.salt) < 4 || len(d.salt) > 64 || len(d.sum) < 16 || len(d.sum) > 64 {
		return Hash{}, errPBKDF2
	}
	if d.iterations > maxIterations || d.iterations*d.blocks() > maxBlocks {
		return Hash{}, fmt.Errorf("it is a PBKDF2 hash that costs too much: %d iterations of %d blocks; here it may be %d iterations, and %d blocks in all", d.iterations, d.blocks(), maxIterations, maxBlocks)
	}
	text = fmt.Sprintf("$pbkdf2-%s$i=%d,l=%d$%s$%s", d.digest, d.iterations, len(d.sum), base64Text.EncodeToString(d.salt), base64Text.EncodeToString(d.sum))
	return Hash{family: PBKDF2, scheme: beforeSalt(text), text: text, fits: d.fits}, nil
}

// phc reads the PHC form, and passlib's, which has the bare number of iterations and
// a point for the plus sign.
func phc(text string) (d derivation, ok bool) {
	part := strings.Split(strings.ReplaceAll(text, ".", "+"), "$")
	if len(part) != 5 {
		return d, false
	}
	if d.digest = strings.TrimPrefix(part[1], "pbkdf2-"); part[1] == "pbkdf2" {
		d.digest = "sha1"
	}
	costs, length, limited := strings.Cut(strings.TrimPrefix(part[2], "i="), ",l=")
	if d.iterations, ok = number(costs); !ok || !d.decode(part[3], part[4]) {
		return d, false
	}
	n, ok := number(length)
	return d, !limited || ok && n == len(d.sum)
}

// django reads the form of Django, whose salt is the text itself.
func django(text string) (d derivation, ok bool) {
	part := strings.Split(text, "$")
	if len(part) != 4 {
		return d, false
	}
	d.digest = strings.TrimPrefix(part[0], "pbkdf2_")
	if d.iterations, ok = number(part[1]); !ok || !d.decode("", part[3]) {
		return d, false
	}
	d.salt = []byte(part[2])
	return d, true
}

func (d *derivation) decode(salt, sum string) bool {
	var err1, err2 error
	d.salt, err1 = base64Text.DecodeString(strings.TrimRight(salt, "="))
	d.sum, err2 = base64Text.DecodeString(strings.TrimRight(sum, "="))
	return err1 == nil && err2 == nil
}

// number reads a plain decimal number of at most nine digits.
func number(s string) (int, bool) {
	n, err := strconv.ParseUint(s, 10, 30)
	return int(n), err == nil && s == strconv.FormatUint(n, 10)
}

// make returns the digest's constructor; nil when it is not known.
func (d *derivation) make() func() hash.Hash {
	switch d.digest {
	case "sha1":
		return sha1.New
	case "sha256":
		return sha256.New
	case "sha512":
		return sha512.New
	}
	return nil
}

// blocks is how often all iterations are run.
func (d *derivation) blocks() int {
	size := d.make()().Size()
	return (len(d.sum) + size - 1) / size
}

func (d *derivation) fits(password []byte) (bool, error) {
	sum, err := pbkdf2.Key(d.make(), string(password), d.salt, d.iterations, len(d.sum))
	return err == nil && subtle.ConstantTimeCompare(sum, d.sum) == 1, err
}
