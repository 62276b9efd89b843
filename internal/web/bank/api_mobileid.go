package bank

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// Policies of mobile IDs, by their names in the bank's own policies.
const (
	mobileIDPolicy     = "mobile-id"      // the SIM of the customer's phone is asked, and signs
	mobileIDSignPolicy = "mobile-id-sign" // the same, of payments
)

// mobileID is a phone whose SIM signs for the customer, or is about to.
type mobileID struct {
	ID     string    `json:"id"`
	Number string    `json:"phone_number"` // masked
	State  string    `json:"state"`
	Reason string    `json:"reason"` // why nothing came of it; "" otherwise
	Held   time.Time `json:"held_until"`
	Since  time.Time `json:"created_at"`

	Registration struct {
		Control string    `json:"control"` // for the phone; "" for none
		Mode    string    `json:"mode"`    // what the phone asks of it
		Expires time.Time `json:"expires_at"`
	} `json:"registration"`
}

// States of a mobile ID, as far as the bank's pages tell them apart.
const (
	mobileIDActive    = "active"
	mobileIDSuspended = "suspended"
	mobileIDRevoked   = "revoked"
	mobileIDRefused   = "refused"
	mobileIDFailed    = "failed"
)

// over reports whether nothing comes of it any more.
func (m mobileID) over() bool {
	return m.State == mobileIDRevoked || m.State == mobileIDRefused || m.State == mobileIDFailed
}

// Coming reports whether the customer has still to choose their PINs, or the certificates are
// still to come.
func (m mobileID) Coming() bool {
	return !m.over() && m.State != mobileIDActive && m.State != mobileIDSuspended
}

// mobileIDs lists the customer's mobile IDs, the newest first.
func (a *api) mobileIDs(ctx context.Context, number string) ([]mobileID, error) {
	var out struct {
		IDs []mobileID `json:"mobile_ids"`
	}
	err := a.call(ctx, http.MethodGet, at("customers", number, "mobile-ids"), nil, &out)
	return out.IDs, err
}

// mobileID reads one of them, and waits for a change of one that is coming for so long at most.
func (a *api) mobileID(ctx context.Context, number, id string, wait time.Duration) (out mobileID, err error) {
	path := at("customers", number, "mobile-ids", id)
	if wait > 0 {
		path += "?wait=" + strconv.Itoa(int(wait/time.Second))
	}
	err = a.call(ctx, http.MethodGet, path, nil, &out)
	return out, err
}

// registerMobileID has the SIM behind a phone number make its keys, under a fresh proof of two
// factors by another method.
func (a *api) registerMobileID(ctx context.Context, handle, number string) (out mobileID, err error) {
	err = a.call(ctx, http.MethodPost, at("authentications", handle, "mobile-id"), map[string]string{"phone_number": number}, &out)
	return out, err
}

// challengeSIM asks the SIM of the customer's phone. The spam-prevention code is checked before
// any message leaves; "" for customers who have not set one.
func (a *api) challengeSIM(ctx context.Context, handle, policy, source, spam string) (out challenge, err error) {
	in := struct {
		Policy string `json:"policy"`
		Source string `json:"source_address,omitempty"`
		Spam   string `json:"spam_code,omitempty"`
	}{policy, source, spam}
	err = a.call(ctx, http.MethodPost, at("authentications", handle, "challenge"), in, &out)
	return out, err
}
