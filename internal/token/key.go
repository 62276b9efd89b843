package token

import (
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/oath"
)

// sealLabel is the label under which seeds are sealed.
const sealLabel = "token.seed"

// pinLabel is the label of keyed PIN hashes and of sealed PINs.
const pinLabel = "token.pin"

// Columns lists the sealed columns of the package.
func Columns() []keyring.Column {
	key := []string{"device", "key_id"}
	return []keyring.Column{
		{Label: sealLabel, Table: "token_key", Key: key, Column: "seed"},
		{Label: pinLabel, Table: "token_key", Key: key, Column: "pin_sealed"},
	}
}

// Algorithm is the family of a key.
type Algorithm string

// Families.
const (
	HOTP Algorithm = "hotp"
	TOTP Algorithm = "totp"
	OCRA Algorithm = "ocra"
)

// Usage is what a key may be used for.
type Usage string

// Usages.
const (
	UseCode   Usage = "code"   // secure codes, challenge-response included
	UseSign   Usage = "sign"   // transaction signing
	UseUnlock Usage = "unlock" // unlock codes
)

// PINMode says what a PIN has to do with a key.
type PINMode string

// PIN modes, as in RFC 6030, section 5; PINNone for keys without any.
const (
	PINNone        PINMode = ""
	PINLocal       PINMode = "local"
	PINPrepend     PINMode = "prepend"
	PINAppend      PINMode = "append"
	PINAlgorithmic PINMode = "algorithmic"
)

// Typed reports whether the customer types the PIN together with the code.
func (m PINMode) Typed() bool { return m == PINPrepend || m == PINAppend }

// Key is one key of a device, without its secret, which stays sealed.
type Key struct {
	Device      ident.ID
	KeyID       string
	Usage       Usage
	Algorithm   Algorithm
	Suite       string        // OCRA only
	Hash        oath.Hash     // of HOTP and TOTP
	Digits      int           // of HOTP and TOTP
	Step        time.Duration // of TOTP
	Epoch       int64         // T0 of TOTP, Unix seconds
	Next        int64         // lowest counter or time step that is not spent
	Drift       int           // learned, in steps; positive: the token's clock is ahead
	Proven      bool          // a code was accepted since the import or the last resynchronization
	ResyncFirst bool          // not to be used before it is resynchronized
	PINMode     PINMode
	PINMin      int       // shortest PIN, digits; 0: the policy says
	Uses        int64     // codes accepted
	MaxUses     int64     // 0: no limit
	Starts      time.Time // zero: no limit
	Expires     time.Time // zero: no limit
	Used        time.Time // zero: never

	holding   int64  // how often the token came back to stock
	seed      []byte // sealed
	pinHash   []byte // of a PIN that is typed; nil when there is none
	pinSealed []byte // of a PIN that enters the computation; nil when there is none
}

// HasPIN reports whether the server knows a PIN, or its hash, for the key.
func (k *Key) HasPIN() bool { return len(k.pinHash) > 0 || len(k.pinSealed) > 0 }

// ChoosesPIN reports whether the customer must choose a PIN with the first code:
// the server has to know one, and none came with the token or its owner before took
// theirs along.
func (k *Key) ChoosesPIN() bool {
	return (k.PINMode.Typed() || k.PINMode == PINAlgorithmic) && !k.HasPIN()
}

const keyColumns = `device, key_id, usage, algorithm, suite, hash, digits, step, epoch, next_value, drift, proven, resync_first,
	seed, pin_mode, pin_min, pin_hash, pin_sealed, uses, max_uses, starts_at, expires_at, used_at, holding`

// prefixed is keyColumns of the alias k.
const prefixed = `k.device, k.key_id, k.usage, k.algorithm, k.suite, k.hash, k.digits, k.step, k.epoch, k.next_value, k.drift, k.proven, k.resync_first,
	k.seed, k.pin_mode, k.pin_min, k.pin_hash, k.pin_sealed, k.uses, k.max_uses, k.starts_at, k.expires_at, k.used_at, k.holding`

// scan reads a row of keyColumns; more are scanned after it.
func (k *Key) scan(r db.Row, more ...any) error {
	var hash string
	var step int64
	dest := []any{
		&k.Device, &k.KeyID, &k.Usage, &k.Algorithm, &k.Suite, &hash, &k.Digits, &step, &k.Epoch, &k.Next, &k.Drift, &k.Proven, &k.ResyncFirst,
		&k.seed, &k.PINMode, &k.PINMin, &k.pinHash, &k.pinSealed, &k.Uses, &k.MaxUses, &k.Starts, &k.Expires, &k.Used, &k.holding,
	}
	if err := r.Scan(append(dest, more...)...); err != nil {
		return err
	}
	k.Step = time.Duration(step) * time.Second
	if hash == "" {
		return nil
	}
	var err error
	k.Hash, err = oath.ParseHash(hash)
	return err
}

// insertKey adds a key; use it with row, alone or in bulk.
const insertKey = `INSERT INTO token_key (` + keyColumns + `)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)`

func (k *Key) row() []any {
	var maxUses any
	if k.MaxUses > 0 {
		maxUses = k.MaxUses
	}
	hash := ""
	if k.Algorithm != OCRA {
		hash = k.Hash.String()
	}
	return []any{
		k.Device, k.KeyID, string(k.Usage), string(k.Algorithm), k.Suite, hash, k.Digits, int64(k.Step / time.Second), k.Epoch,
		k.Next, k.Drift, k.Proven, k.ResyncFirst, k.seed, string(k.PINMode), k.PINMin, k.pinHash, k.pinSealed, k.Uses, maxUses, k.Starts, k.Expires, k.Used, k.holding,
	}
}

// Timed reports whether the key's codes depend on a clock.
func (k *Key) Timed() bool { return k.step() > 0 }

// step is the time step of a key with a clock; 0 without.
func (k *Key) step() time.Duration {
	if k.Algorithm != OCRA {
		return k.Step
	}
	s, err := oath.ParseSuite(k.Suite)
	if err != nil {
		return 0
	}
	return s.Step
}

// Counted reports whether the key's codes depend on an event counter.
func (k *Key) Counted() bool {
	if k.Algorithm != OCRA {
		return k.Algorithm == HOTP
	}
	s, err := oath.ParseSuite(k.Suite)
	return err == nil && s.Counter
}
