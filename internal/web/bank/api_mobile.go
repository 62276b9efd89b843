package bank

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// Policies of mobile tokens, by their names in the bank's own policies.
const (
	mobileCodePolicy = "mobile-code"     // a secure code of the app, typed
	approvalPolicy   = "mobile-approval" // the phone is asked, and answers itself
	picturePolicy    = "mobile-picture"  // the phone reads a picture, and its answer is typed

	approvalSignPolicy = "mobile-approval-sign" // the same, of payments
	pictureSignPolicy  = "mobile-picture-sign"
)

// prompt is how it stands with what a customer is asked on their phone.
type prompt struct {
	State  string `json:"state"`
	Reason string `json:"reason"` // why nothing came of it; "" when that is not said
}

// States of a prompt. There is no other yes than an authentication that is granted.
const (
	promptPending  = "pending"
	promptApproved = "approved"
)

// Reasons of an authentication that its customer has ended on their phone. They are looked
// at for what is said about it, and for nothing else.
const (
	endRefused  = "refused"
	endReported = "reported"
)

// ended is what the customer did on their phone to end it; "" for nothing.
func (a *authentication) ended() string {
	if a.State == stateDenied && (a.Reason == endRefused || a.Reason == endReported) {
		return a.Reason
	}
	return ""
}

// maxWait is the longest that the bank waits for an answer in one call: less than its own
// patience with the API.
const maxWait = 8 * time.Second

// standing reads how an authentication stands, and waits for an answer of the customer's
// phone, for so long at most.
func (a *api) standing(ctx context.Context, handle string, wait time.Duration) (out authentication, err error) {
	path := at("authentications", handle)
	if wait > 0 {
		path += "?wait=" + strconv.Itoa(int(wait/time.Second))
	}
	err = a.call(ctx, http.MethodGet, path, nil, &out)
	return out, err
}
