package provider

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"io"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// passwordPrefix lets scanners find passwords that leaked into code.
const passwordPrefix = "cs_ap_"

// password makes a password of 256 bits, or checks one that is taken over.
func (r *Register) password(given string) (string, error) {
	if given != "" {
		if n := utf8.RuneCountInString(given); n < 16 || n > 200 || !shown(given, 200) {
			return "", fault.Invalidf("provider.password", "A password that is taken over has 16 to 200 characters; leave it out for one that is made here.").WithField("/password")
		}
		return given, nil
	}
	var b [32]byte
	if _, err := io.ReadFull(r.Rand, b[:]); err != nil {
		panic("provider: no randomness: " + err.Error())
	}
	return passwordPrefix + base64.RawURLEncoding.EncodeToString(b[:]), nil
}

func (r *Register) mac(id ident.ID, password string) []byte {
	return r.Ring.MAC("provider.password", id[:], []byte(password))
}

// Credentials are what a caller shows.
type Credentials struct {
	Code     string // AP_ID
	Password string // AP_PWD
	Pin      Pin    // of the client certificate of the connection; zero: there is none
	Source   string // address, for the log
}

// Authenticate returns the provider that a caller is. Every failure is the Denied fault
// "provider.refused".
func (r *Register) Authenticate(ctx context.Context, c Credentials) (Provider, error) {
	p, err := r.ByCode(ctx, c.Code)
	nobody := fault.Is(err, "provider.unknown")
	if err != nil && !nobody {
		return Provider{}, err
	}
	mac := r.mac(p.ID, c.Password) // the same work for a provider that there is not
	fits := subtle.ConstantTimeCompare(mac, p.secret)
	if old := subtle.ConstantTimeCompare(mac, p.previous); r.Now().Before(p.PreviousUntil) {
		fits |= old
	}
	why := ""
	switch {
	case nobody:
		why = "unknown"
	case fits != 1:
		why = "wrong password"
	case len(p.Pins) == 0 && !p.PasswordOnly:
		why = "no certificate is registered"
	case len(p.Pins) > 0 && !slices.Contains(p.Pins, c.Pin):
		why = "wrong certificate"
		if c.Pin == (Pin{}) {
			why = "no certificate"
		}
	case p.Status != Active:
		why = "disabled"
	}
	if why != "" {
		return Provider{}, r.refuse(ctx, p, why, c)
	}
	return p, nil
}

// refusals bounds how many refusals are recorded one by one: anybody may call, and without a
// bound strangers could fill the log.
type refusals struct {
	mu         sync.Mutex
	last       time.Time
	burst      int
	unrecorded int
}

const (
	refusalEvery = time.Second
	refusalBurst = 100
)

// take says whether a refusal is recorded, and how many have not been since the last.
func (f *refusals) take(now time.Time) (record bool, more int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if refilled := int(now.Sub(f.last) / refusalEvery); refilled > 0 {
		f.burst, f.last = max(0, f.burst-refilled), now
	}
	if f.burst >= refusalBurst {
		f.unrecorded++
		return false, 0
	}
	f.burst++
	more, f.unrecorded = f.unrecorded, 0
	return true, more
}

// refuse records a failure and returns the one answer to all of them.
func (r *Register) refuse(ctx context.Context, p Provider, why string, c Credentials) error {
	denied := fault.Deniedf("provider.refused", "The service provider could not be authenticated: check AP_ID, AP_PWD and the client certificate.")
	record, more := r.refusals.take(r.Now())
	if !record {
		return denied
	}
	object := ""
	if p.Code != "" {
		object = p.ID.String()
	}
	err := r.DB.Write(ctx, func(tx *db.Tx) error {
		details := map[string]any{"reason": why, "source": c.Source}
		if more > 0 {
			details["more_unrecorded"] = more
		}
		audit.Record(tx, audit.Event{Kind: AuditRefused, By: audit.System("mss"), Object: object, Details: details})
		return nil
	})
	if err != nil {
		return err
	}
	return denied
}
