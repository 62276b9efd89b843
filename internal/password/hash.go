package password

import (
	"errors"
	"fmt"
	"strings"

	"github.com/countersign-auth/countersign/internal/argon"
)

// Family is how a hash that another server made is computed.
type Family string

// Families.
const (
	Argon2 Family = "argon2"
	Bcrypt Family = "bcrypt"
	PBKDF2 Family = "pbkdf2"
)

// Bounds of Argon2 hashes from elsewhere.
const (
	maxMemory = 256 << 10 // KiB
	maxWork   = 1 << 20   // KiB × passes
)

// Hash is a hash that another server made, well formed and within the bounds. It
// hides itself when it is printed.
type Hash struct {
	family Family
	scheme string // family and costs: the beginning of text, up to the salt
	text   string // normal form
	first  int    // how many bytes of a password it has seen; 0: all
	fits   func(password []byte) (bool, error)
}

// Family returns how the hash is computed.
func (h Hash) Family() Family { return h.family }

// Scheme returns family and costs, such as "$2b$12".
func (h Hash) Scheme() string { return h.scheme }

// IsZero reports whether there is no hash.
func (h Hash) IsZero() bool { return h.text == "" }

// Format hides the hash from every verb.
func (Hash) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[redacted]")) }

// errUnknown says nothing of the text, which may be a password in the wrong column.
var errUnknown = errors.New("it is no password hash that is known here: argon2 (PHC), bcrypt, or PBKDF2 (PHC, passlib or Django); passwords in clear are not taken")

// ReadHash reads a hash in one of the forms of the package comment. The error is for
// a report; it says nothing of the text.
func ReadHash(text string) (Hash, error) {
	text = strings.TrimSpace(text)
	switch {
	case len(text) > 512:
		return Hash{}, errUnknown
	case strings.HasPrefix(text, "$argon2"):
		return readArgon2(text)
	case strings.HasPrefix(text, "$2"):
		return readBcrypt(text)
	case strings.HasPrefix(text, "$pbkdf2"), strings.HasPrefix(text, "pbkdf2_"):
		return readPBKDF2(text)
	}
	return Hash{}, errUnknown
}

func readArgon2(text string) (Hash, error) {
	s, err := argon.Parse(text)
	if err != nil {
		return Hash{}, errors.New("it is an argon2 hash that cannot be read: it must be $argon2id$ or $argon2i$, v=19, with m, t and p in this order, a salt of 8 to 64 bytes and a hash of 16 to 64")
	}
	if c := s.Costs(); c.Memory > maxMemory || uint64(c.Memory)*uint64(c.Time) > maxWork {
		return Hash{}, fmt.Errorf("it is an argon2 hash that costs too much: %d KiB and %d passes; here it may be %d KiB, and memory × passes %d", c.Memory, c.Time, maxMemory, maxWork)
	}
	text = s.Text()
	return Hash{family: Argon2, scheme: beforeSalt(text), text: text, fits: func(password []byte) (bool, error) { return s.Fits(password), nil }}, nil
}

// beforeSalt cuts the last two parts off.
func beforeSalt(text string) string {
	for range 2 {
		text = text[:strings.LastIndexByte(text, '$')]
	}
	return text
}

// decoyOf returns a hash of a scheme that is nobody's.
func decoyOf(scheme string) (Hash, error) {
	if strings.HasPrefix(scheme, "$2") {
		return ReadHash(scheme + "$" + strings.Repeat(".", bcryptTail))
	}
	zeros := func(n int) string { return base64Text.EncodeToString(make([]byte, n)) }
	size := 32
	if i := strings.LastIndex(scheme, ",l="); i >= 0 {
		if _, err := fmt.Sscanf(scheme[i:], ",l=%d", &size); err != nil {
			return Hash{}, err
		}
	}
	return ReadHash(scheme + "$" + zeros(16) + "$" + zeros(size))
}
