package argon

import (
	"context"
	"io"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
)

// maxPassword is the longest password in bytes.
const maxPassword = 1 << 10

// Options of a hasher. Only Rand is required.
type Options struct {
	Params  Params    // of new hashes; Default when zero
	Rand    io.Reader // for salts
	Running int       // hashes at a time; 0 means 2
	Waiting int       // callers in line; 0 means 64
}

// Hasher makes and verifies hashes, a bounded number at a time. It is safe for
// concurrent use.
type Hasher struct {
	params  Params
	rand    io.Reader
	running chan struct{}
	places  chan struct{} // running and waiting
}

// New makes a hasher. It panics on parameters out of range, which are part of
// the program.
func New(o Options) *Hasher {
	if o.Params == (Params{}) {
		o.Params = Default
	}
	if o.Running == 0 {
		o.Running = 2
	}
	if o.Waiting == 0 {
		o.Waiting = 64
	}
	if !o.Params.valid() {
		panic("argon: parameters out of range")
	}
	return &Hasher{params: o.Params, rand: o.Rand, running: make(chan struct{}, o.Running), places: make(chan struct{}, o.Running+o.Waiting)}
}

// Hash returns the text to be stored for a password of at most 1 KiB. It fails
// only as [Hasher.Verify] does.
func (h *Hasher) Hash(ctx context.Context, password []byte) (text string, err error) {
	err = h.turn(ctx, password, func() {
		n := hash{Params: h.params, salt: h.salt()}
		n.sum = n.compute(password, hashSize)
		text = n.String()
	})
	return text, err
}

// Verify reports whether a password fits a stored hash, and whether the hash
// should be made again because the parameters have changed since.
//
// Faults: "argon.busy" (Limited) when too many are in line, the reason of ctx
// when it ends while waiting, Internal for a text that is no hash.
func (h *Hasher) Verify(ctx context.Context, text string, password []byte) (ok, outdated bool, err error) {
	stored, err := parse(text)
	if err != nil {
		return false, false, err
	}
	err = h.turn(ctx, password, func() { ok = stored.fits(password) })
	return ok, stored.Params != h.params, err
}

// Dummy does the work of Verify for an account that does not exist. It fails as
// Verify does.
func (h *Hasher) Dummy(ctx context.Context, password []byte) error {
	return h.turn(ctx, password, func() {
		hash{Params: h.params, salt: make([]byte, saltSize), sum: make([]byte, hashSize)}.fits(password)
	})
}

func (h *Hasher) salt() []byte {
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(h.rand, salt); err != nil {
		panic("argon: no randomness: " + err.Error())
	}
	return salt
}

// turn waits in line and runs f.
func (h *Hasher) turn(ctx context.Context, password []byte, f func()) error {
	if len(password) > maxPassword {
		return fault.Invalidf("argon.too_long", "A password has at most %d bytes.", maxPassword)
	}
	select {
	case h.places <- struct{}{}:
		defer func() { <-h.places }()
	default:
		return fault.Limitedf(time.Second, "argon.busy", "Too many people are logging in just now: try again in a moment.")
	}
	select {
	case h.running <- struct{}{}:
		defer func() { <-h.running }()
	case <-ctx.Done():
	}
	if err := ctx.Err(); err != nil {
		return fault.Unavailablef(err, "argon.waited", "It took too long to check the password: try again in a moment.").WithRetry(time.Second)
	}
	f()
	return nil
}
