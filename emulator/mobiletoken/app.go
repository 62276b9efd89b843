package mobiletoken

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/dskpp"
	"github.com/countersign-auth/countersign/pskc"
)

// App is an installed app. It serves one goroutine at a time.
type App struct {
	HTTP *http.Client // how the server is reached; must not follow strangers
	Rand io.Reader    // source of nonces, salts and device keys
	// Now is the phone's clock, which may be wrong; needed to activate a token.
	Now func() time.Time
	// Offer, if set, changes what is offered to the server; the app offers four passes.
	Offer func(*dskpp.Client)
	// Storage is all that survives a restart: keep it as JSON.
	Storage Storage
}

// Storage is the app's memory.
type Storage struct {
	Tokens []*Token `json:"tokens"`
}

// ErrPIN says that a PIN has fewer than four or more than sixteen digits.
var ErrPIN = errors.New("mobiletoken: a PIN has 4 to 16 digits")

// Enroll provisions a token with a code that a person typed, at the server of the
// address. Errors of typing are dskpp.ErrChecksum or dskpp.ErrCode; a refusal of the
// server is a *dskpp.StatusError.
func (a *App) Enroll(ctx context.Context, url, typed, pin string) (*Token, error) {
	code, err := dskpp.ParseHuman(typed)
	if err != nil {
		return nil, err
	}
	return a.provision(ctx, &dskpp.Client{URL: url, Code: code}, pin)
}

// Follow provisions a token from a trigger. If that names a key to be replaced, the
// PIN must be that of the token with this key.
func (a *App) Follow(ctx context.Context, trigger []byte, pin string) (*Token, error) {
	t, err := dskpp.ParseTrigger(trigger)
	if err != nil {
		return nil, err
	}
	c, err := dskpp.ClientFor(t, func(id []byte) (pskc.Secret, bool) {
		old := a.Token(string(id))
		if old == nil {
			return pskc.Secret{}, false
		}
		key, err := old.key(pin)
		return pskc.NewSecret(key), err == nil
	})
	if err != nil {
		return nil, err
	}
	return a.provision(ctx, c, pin)
}

// Token returns the token with this key identifier, or nil.
func (a *App) Token(id string) *Token {
	for _, t := range a.Storage.Tokens {
		if t.ID == id {
			return t
		}
	}
	return nil
}

// provision runs the protocol and stores its result, at once or not at all.
func (a *App) provision(ctx context.Context, c *dskpp.Client, pin string) (*Token, error) {
	if !goodPIN(pin) {
		return nil, ErrPIN
	}
	c.FourPass, c.Rand = true, a.Rand
	if a.Offer != nil {
		a.Offer(c)
	}
	run, err := c.Start()
	if err != nil {
		return nil, err
	}
	var key *dskpp.Key
	for key == nil {
		answer, err := a.post(ctx, c.URL, run.Request())
		if err != nil {
			return nil, err
		}
		if key, err = run.Answer(answer); err != nil {
			return nil, err
		}
	}
	t, err := newToken(a.Rand, key, pin)
	if err != nil {
		return nil, err
	}
	a.store(t, string(key.Replaces))
	return t, nil
}

// store puts a token in the place of the one that it replaces, and of one with the
// same identifier.
func (a *App) store(t *Token, replaces string) {
	kept := []*Token{}
	for _, old := range a.Storage.Tokens {
		if old.ID != t.ID && old.ID != replaces {
			kept = append(kept, old)
		}
	}
	a.Storage.Tokens = append(kept, t)
}

func goodPIN(pin string) bool {
	for _, c := range pin {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(pin) >= 4 && len(pin) <= 16
}

// refused is an answer of the server that is no message.
func refused(status string) error {
	return fmt.Errorf("mobiletoken: the server answered %s", status)
}
