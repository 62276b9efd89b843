package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// Kinds of audit records.
const (
	AuditKeyMade      = "evidence.key_made"
	AuditKeyRotated   = "evidence.key_rotated"
	AuditKeyWithdrawn = "evidence.key_withdrawn"
	AuditIssued       = "evidence.issued"
)

// Config is what an Issuer works with; all fields are needed.
type Config struct {
	DB   *db.DB
	Ring *keyring.Ring
	Now  func() time.Time
	// Name is the issuer in assertions (iss): the address of the API, under which
	// the key set is published.
	Name string
}

// Issuer signs assertions and publishes the keys. It is safe for concurrent use.
// Use New.
type Issuer struct {
	Config

	mu   sync.Mutex // one reading of the keys at a time
	seen atomic.Pointer[view]
}

// New returns an issuer. It reads nothing yet.
func New(c Config) *Issuer { return &Issuer{Config: c} }

// Assertion is a signed assertion.
type Assertion struct {
	Text   string // the JWS in compact form
	Claims Claims // what it says
	KID    string // the key that signed it
}

// maxAudience bounds an audience, in bytes.
const maxAudience = 200

// Grant makes the assertion that belongs to the answer which grants an
// authentication. It is dated back to the grant, so that a repeated answer says the same, and has no
// audit record of its own: that of the grant is it.
func (i *Issuer) Grant(ctx context.Context, f Facts) (Assertion, error) {
	return i.sign(ctx, f, "", f.Granted)
}

// Issue makes an assertion on demand, for the audience (at most 200 printable ASCII
// characters; "" for the client that started the authentication), and records that it did.
func (i *Issuer) Issue(ctx context.Context, by audit.Actor, f Facts, audience string) (Assertion, error) {
	a, err := i.sign(ctx, f, audience, i.Now())
	if err != nil {
		return Assertion{}, err
	}
	digest := sha256.Sum256([]byte(a.Text))
	err = i.DB.Settle(ctx, f.Customer, func(tx *db.Tx) error {
		audit.Record(tx, audit.Event{Kind: AuditIssued, By: by, Customer: f.Customer, Object: f.object(), Details: issued{
			Audience: a.Claims.Audience, JTI: a.Claims.ID, KID: a.KID, SHA256: hex.EncodeToString(digest[:]),
		}})
		return nil
	})
	if err != nil {
		return Assertion{}, err
	}
	return a, nil
}

// issued is what the audit log keeps of an assertion.
type issued struct {
	Audience string `json:"audience"`
	JTI      string `json:"jti"`
	KID      string `json:"kid"`
	SHA256   string `json:"sha256"` // of the compact form
}

func (i *Issuer) sign(ctx context.Context, f Facts, audience string, at time.Time) (a Assertion, err error) {
	if len(audience) > maxAudience || strings.ContainsFunc(audience, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return a, fault.Invalidf("evidence.audience", "An audience has at most %d printable ASCII characters, and no spaces.", maxAudience).WithField("audience")
	}
	if a.Claims, err = claims(f, i.Name, audience, at); err != nil {
		return a, err
	}
	v, err := i.keys(ctx)
	if err != nil {
		return a, err
	}
	k := v.active(i.Now())
	if k.signer == nil {
		return a, fault.Unavailablef(errors.New("the active key's private part is destroyed: does the node's clock go wrong?"), "evidence.no_key", "No assertion can be signed now. Please try again later.")
	}
	a.KID = k.KID
	payload, err := json.Marshal(a.Claims)
	if err != nil {
		return a, fmt.Errorf("evidence: claims: %w", err)
	}
	jws, err := k.signer.Sign(payload)
	if err != nil {
		return a, fmt.Errorf("evidence: sign: %w", err)
	}
	a.Text, err = jws.CompactSerialize()
	return a, err
}
