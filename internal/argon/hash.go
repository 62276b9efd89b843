package argon

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Params are the costs of a hash.
type Params struct {
	Memory  uint32 // KiB, 8 to 1 GiB
	Time    uint32 // passes, 1 to 16
	Threads uint8  // lanes, 1 to 16
}

// Default is OWASP's recommendation: 19 MiB, two passes, one lane.
var Default = Params{Memory: 19 << 10, Time: 2, Threads: 1}

const (
	saltSize = 16
	hashSize = 32
)

// errSyntax says nothing of the hash: it may be a secret in the wrong column.
var errSyntax = errors.New("argon: not an Argon2id hash in the form $argon2id$v=19$m=…,t=…,p=…$salt$hash")

func (p Params) valid() bool {
	return p.Memory >= 8*uint32(p.Threads) && p.Memory <= 1<<20 && p.Time >= 1 && p.Time <= 16 && p.Threads >= 1 && p.Threads <= 16
}

// hash is a stored hash taken apart.
type hash struct {
	Params
	salt, sum []byte
}

var encoding = base64.RawStdEncoding.Strict()

func (h hash) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.Memory, h.Time, h.Threads,
		encoding.EncodeToString(h.salt), encoding.EncodeToString(h.sum))
}

// parse reads the text form; salt and hash have 8 to 64 bytes.
func parse(s string) (h hash, err error) {
	part := strings.Split(s, "$")
	if len(s) > 512 || len(part) != 6 || part[0] != "" || part[1] != "argon2id" || part[2] != "v="+strconv.Itoa(argon2.Version) {
		return h, errSyntax
	}
	if h.Params, err = parseParams(part[3]); err != nil {
		return h, err
	}
	var bad error
	if h.salt, bad = encoding.DecodeString(part[4]); bad != nil || len(h.salt) < 8 || len(h.salt) > 64 {
		return h, errSyntax
	}
	if h.sum, bad = encoding.DecodeString(part[5]); bad != nil || len(h.sum) < 16 || len(h.sum) > 64 {
		return h, errSyntax
	}
	return h, nil
}

func parseParams(s string) (p Params, err error) {
	var n [3]uint64
	part := strings.Split(s, ",")
	if len(part) != len(n) {
		return p, errSyntax
	}
	for i, name := range [...]string{"m=", "t=", "p="} {
		digits, ok := strings.CutPrefix(part[i], name)
		if n[i], err = strconv.ParseUint(digits, 10, 32); err != nil || !ok || digits != strconv.FormatUint(n[i], 10) {
			return p, errSyntax
		}
	}
	if n[2] > 16 {
		return p, errSyntax
	}
	p = Params{Memory: uint32(n[0]), Time: uint32(n[1]), Threads: uint8(n[2])} //nolint:gosec // parsed as 32 bits, and at most 16
	if !p.valid() {
		return p, errSyntax
	}
	return p, nil
}

// compute hashes a password with the parameters and salt of h.
func (h hash) compute(password []byte, size int) []byte {
	return argon2.IDKey(password, h.salt, h.Time, h.Memory, h.Threads, uint32(size)) //nolint:gosec // at most 64
}

func (h hash) fits(password []byte) bool {
	return subtle.ConstantTimeCompare(h.compute(password, len(h.sum)), h.sum) == 1
}
