package password

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/countersign-auth/countersign/internal/argon"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// MaxLength is the longest password in characters (NIST SP 800-63B-4, section
// 3.1.1.2: at least 64).
const MaxLength = 256

// maxBytes is the longest password in bytes; package argon has the same bound.
const maxBytes = 1 << 10

// Passwords checks customers' passwords: an authenticator.Method. Use New.
type Passwords struct {
	db     *db.DB
	ring   *keyring.Ring
	hasher *argon.Hasher
	common common
	words  Words
	tell   Teller
	worked func(scheme string) // told of every computation; for tests of equal work
	looked func(bytes int)     // told of every text that zxcvbn judges; for tests of its bound
}

// Words tells what is known of a customer that no secret may be made of: number, name,
// phone numbers. It knows nothing of a customer who does not exist.
type Words func(*db.Tx, ident.ID) ([]string, error)

// New returns the method over the given database and keyring. The hasher bounds how
// many computations run and wait, and has the costs of new hashes.
func New(d *db.DB, ring *keyring.Ring, hasher *argon.Hasher) *Passwords {
	nothing := func(*db.Tx, ident.ID) ([]string, error) { return nil, nil }
	silent := func(*db.Tx, audit.Actor, News) error { return nil }
	return &Passwords{db: d, ring: ring, hasher: hasher, common: readCommon(), words: nothing, tell: silent, worked: func(string) {}, looked: func(int) {}}
}

// Knowing has new secrets compared with what words tells of their customer. Call it
// before the method is used.
func (p *Passwords) Knowing(words Words) *Passwords {
	p.words = words
	return p
}

// Factor implements authenticator.Method.
func (p *Passwords) Factor() authenticator.Factor { return authenticator.Knowledge }

// Begin implements authenticator.Method: there is nothing to be asked.
func (p *Passwords) Begin(*db.Tx, authenticator.Request) (authenticator.Challenge, error) {
	return authenticator.Challenge{}, fault.Invalidf("password.no_challenge", "A password needs no challenge.").WithField("policy")
}

// Check implements authenticator.Method: see the package comment. Faults:
// "password.form" (Invalid), "argon.busy" (Limited), "argon.waited" (Unavailable).
func (p *Passwords) Check(ctx context.Context, r authenticator.Request, proof authenticator.Proof) (authenticator.Finding, error) {
	x := trial{customer: r.Customer, typed: proof.Code, key: r.Policy.Secret.Key}
	if err := x.read(); err != nil {
		return authenticator.Finding{}, err
	}
	err := p.db.Read(ctx, func(tx *db.Tx) (err error) {
		if x.entry, x.found, err = Find(tx, r.Customer); err != nil {
			return err
		}
		x.left, err = schemesLeft(tx)
		return err
	})
	if err != nil {
		return authenticator.Finding{}, err
	}
	right, fresh, err := p.try(ctx, &x)
	if err != nil || !right {
		return authenticator.Finding{Reason: authenticator.Wrong}, err
	}
	return authenticator.Finding{
		Right: true, Factors: authenticator.Knowledge, Outdated: x.entry.outdated(r.Policy.Secret, r.Now),
		Consume: func(tx *db.Tx) (bool, error) { return x.entry.consume(tx, fresh) },
	}, nil
}

// trial is one password tried on one customer.
type trial struct {
	customer ident.ID
	typed    string
	normal   []byte // NFKC
	key      int    // number of the key that PINs are kept under now; 0 for passwords
	entry    Entry
	found    bool
	left     []weighted
}

// read refuses what can be nobody's password, before anything is counted.
func (x *trial) read() error {
	if x.typed != "" && len(x.typed) <= maxBytes && utf8.ValidString(x.typed) && utf8.RuneCountInString(x.typed) <= MaxLength {
		if x.normal = norm.NFKC.AppendString(nil, x.typed); len(x.normal) <= maxBytes {
			return nil
		}
	}
	return fault.Invalidf("password.form", "A password has 1 to %d characters.", MaxLength).WithField("code")
}

// try does the two computations of the package comment. Fresh is the sealed hash
// that is to take the place of the stored one; nil when that one stays.
func (p *Passwords) try(ctx context.Context, x *trial) (right bool, fresh []byte, err error) {
	var stored []byte
	if x.found {
		if stored, err = p.ring.Open(sealLabel, x.customer, x.entry.sealed); err != nil {
			return false, nil, err
		}
		defer clear(stored)
	}
	imported := x.found && x.entry.Imported
	fits, all, err := p.elsewhere(ctx, x, imported, stored)
	if err != nil {
		return false, nil, err
	}
	p.worked("ours")
	if x.found && !imported {
		ok, outdated, err := p.verify(ctx, string(stored), x.key, x.customer, x.normal)
		if err != nil || !ok || !outdated {
			return ok, nil, err
		}
		return p.again(ctx, x)
	}
	text, err := p.hash(ctx, x.key, x.customer, x.normal)
	if err != nil || !fits || !imported {
		return false, nil, err
	}
	if !all {
		return true, nil, nil
	}
	return true, p.seal(x.customer, text), nil
}

// again makes a new hash with the costs of today, of a password that was right.
func (p *Passwords) again(ctx context.Context, x *trial) (bool, []byte, error) {
	text, err := p.hash(ctx, x.key, x.customer, x.normal)
	if err != nil {
		return false, nil, err
	}
	return true, p.seal(x.customer, text), nil
}

// elsewhere is the first computation: with the customer's imported hash, or with a
// decoy. All reports whether the hash has seen the whole password.
func (p *Passwords) elsewhere(ctx context.Context, x *trial, imported bool, stored []byte) (fits, all bool, err error) {
	var h Hash
	if imported {
		h, err = ReadHash(string(stored))
	} else if scheme := p.companion(x); scheme != "" {
		h, err = decoyOf(scheme)
	}
	if err != nil || h.IsZero() {
		return false, false, err
	}
	p.worked(h.scheme)
	var failed error
	err = p.hasher.Run(ctx, func() { fits, failed = h.fits([]byte(x.typed)) })
	return fits, h.first == 0 || len(x.typed) <= h.first, errors.Join(err, failed)
}

// companion returns the scheme of the decoy for somebody whose hash is ours, or who
// has none; "" when no imported hash is left.
func (p *Passwords) companion(x *trial) string {
	if slices.ContainsFunc(x.left, func(w weighted) bool { return w.scheme == x.entry.scheme }) {
		return x.entry.scheme
	}
	slices.SortFunc(x.left, func(a, b weighted) int { return cmp.Compare(a.scheme, b.scheme) })
	total := int64(0)
	for _, w := range x.left {
		total += w.imported
	}
	if total == 0 {
		return ""
	}
	at := int64(binary.BigEndian.Uint64(p.ring.MAC("password.companion", x.customer[:])) % uint64(total)) //nolint:gosec // below total
	for _, w := range x.left {
		if at -= w.imported; at < 0 {
			return w.scheme
		}
	}
	return ""
}
