package argon

import (
	"context"
	"crypto/subtle"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Stored is a hash that another program made. Unlike those that a [Hasher] makes
// it may be of the variant Argon2i as well (RFC 9106, section 1), and it may have
// costs of its own. It hides itself when it is printed.
type Stored struct {
	hash hash
	i    bool // Argon2i
}

// Parse reads a hash in the PHC form, with or without padding of its base64. The
// error says nothing of the text. Whoever takes hashes from outside bounds their
// costs before computing any (see [Stored.Costs]).
func Parse(text string) (s Stored, err error) {
	rest, i := strings.CutPrefix(text, "$argon2i$")
	if i {
		text = "$argon2id$" + rest
	}
	part := strings.Split(text, "$")
	for n := range part {
		if n > 3 {
			part[n] = strings.TrimRight(part[n], "=")
		}
	}
	s.i = i
	s.hash, err = parse(strings.Join(part, "$"))
	return s, err
}

// Costs returns what one computation takes.
func (s Stored) Costs() Params { return s.hash.Params }

// Text returns the hash in its normal form.
func (s Stored) Text() string {
	text := s.hash.String()
	if s.i {
		text = strings.Replace(text, "$argon2id$", "$argon2i$", 1)
	}
	return text
}

// Fits reports whether a password fits. It computes here and now: call it within
// [Hasher.Run].
func (s Stored) Fits(password []byte) bool {
	if !s.i {
		return s.hash.fits(password)
	}
	p := s.hash.Params
	sum := argon2.Key(password, s.hash.salt, p.Time, p.Memory, p.Threads, uint32(len(s.hash.sum))) //nolint:gosec // at most 64
	return subtle.ConstantTimeCompare(sum, s.hash.sum) == 1
}

// Format hides the hash from every verb.
func (Stored) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[redacted]")) }

// Run waits in line and runs f, a computation of any kind that must not run for
// everybody at once. Faults: "argon.busy" and "argon.waited", as with Verify.
func (h *Hasher) Run(ctx context.Context, f func()) error { return h.turn(ctx, nil, f) }

// Params returns the costs of new hashes.
func (h *Hasher) Params() Params { return h.params }
