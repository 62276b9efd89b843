package pki

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// Config is what a Desk works with. DB, Ring and Now are needed.
type Config struct {
	DB   *db.DB
	Ring *keyring.Ring
	Now  func() time.Time
	Rand io.Reader // for serial numbers and nonces; crypto/rand when nil

	// Vault keeps the private keys of the authority; the keyring when nil.
	Vault Vault
	// Elsewhere is another authority, which certifies in place of ours; nil for none.
	Elsewhere Elsewhere
	// Stamper is another time-stamping authority; nil for ours.
	Stamper Stamper

	// URL is where the listener of certificates is reached, without a slash at the end. It is
	// written into certificates, so it must stay. "" leaves the addresses out.
	URL string
	// Validity is how long certificates are valid; 3 years when 0.
	Validity time.Duration
	// ListFor is how long a revocation list may be used (nextUpdate); 24 hours when 0.
	ListFor time.Duration
	// AnswerFor is how long an answer of the responder may be used; 10 minutes when 0.
	AnswerFor time.Duration
	// Policy is stated in all certificates of persons (certificatePolicies), in dotted form;
	// SoftwareKey when "": it claims no secure device.
	Policy string
	// StampPolicy is stated in time-stamps; OwnStampPolicy when "".
	StampPolicy string
}

// Object identifiers made from UUIDs, cut into arcs below the one that Microsoft has set aside for that
// (1.2.840.113556.1.8000.2554). The arc of ITU-T X.667, 2.25, has the whole UUID in one number of 128 bits,
// which many readers of ASN.1 refuse, Go's encoding/asn1 among them: they stop at 31 bits.
const (
	// SoftwareKey is a certificate policy: the key may be in software; possession was proven
	// by a signature, and where it lives was not.
	SoftwareKey = "1.2.840.113556.1.8000.2554.53046.31763.40650.18966.33864.2748786.6180461"
	// OwnStampPolicy is the policy of our time-stamps: the time of the server, within a second.
	OwnStampPolicy = "1.2.840.113556.1.8000.2554.64644.18058.28797.20412.35022.1388582.14087105"
)

// Elsewhere is another authority that certifies, such as one that is reached by EST
// (RFC 7030), and what it publishes.
type Elsewhere interface {
	// Enroll has a request certified. The certificate is checked by the caller.
	Enroll(ctx context.Context, o Order) (leaf *x509.Certificate, chain []*x509.Certificate, err error)
	// Anchors returns the certificates that its chains may end at.
	Anchors(ctx context.Context) ([]*x509.Certificate, error)
	// Answer asks its OCSP responder about a certificate; DER.
	Answer(ctx context.Context, leaf, issuer *x509.Certificate) ([]byte, error)
	// List fetches its revocation list; DER.
	List(ctx context.Context, leaf *x509.Certificate) ([]byte, error)
}

// Stamper is a time-stamping authority (RFC 3161) that is not ours.
type Stamper interface {
	// Stamp sends a request (TimeStampReq) and returns the answer (TimeStampResp), both DER.
	Stamp(ctx context.Context, request []byte) ([]byte, error)
	// Anchors returns the certificates that its chains may end at.
	Anchors(ctx context.Context) ([]*x509.Certificate, error)
}

// Desk is a certification authority with its responder and its clock: its methods are the use
// cases. It is safe for concurrent use. Use New.
type Desk struct {
	Config

	mu    sync.Mutex // one reading of the keys at a time
	seen  atomic.Pointer[view]
	lists sync.Mutex // one revocation list at a time
	count counters
}

// Durations that stand for 0.
const (
	defaultValidity  = 3 * 365 * 24 * time.Hour
	defaultListFor   = 24 * time.Hour
	defaultAnswerFor = 10 * time.Minute
)

// New returns a desk. It reads nothing yet.
func New(c Config) *Desk {
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Vault == nil {
		c.Vault = RingVault{Ring: c.Ring}
	}
	for _, x := range []struct {
		field *time.Duration
		none  time.Duration
	}{{&c.Validity, defaultValidity}, {&c.ListFor, defaultListFor}, {&c.AnswerFor, defaultAnswerFor}} {
		if *x.field == 0 {
			*x.field = x.none
		}
	}
	if c.Policy == "" {
		c.Policy = SoftwareKey
	}
	if c.StampPolicy == "" {
		c.StampPolicy = OwnStampPolicy
	}
	return &Desk{Config: c}
}

// Stats are counters since New, for metrics.
type Stats struct {
	Issued   int64 // certificates
	Answers  int64 // of the responder
	Stamps   int64
	Lists    int64 // revocation lists that were made
	Validate int64 // signatures that were judged
	Bad      int64 // of these, not good
}

type counters struct{ issued, answers, stamps, lists, validated, bad atomic.Int64 }

// Stats returns the counters.
func (d *Desk) Stats() Stats {
	c := &d.count
	return Stats{c.issued.Load(), c.answers.Load(), c.stamps.Load(), c.lists.Load(), c.validated.Load(), c.bad.Load()}
}
