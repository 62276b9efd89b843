package bank

import (
	"context"
	"net/http"
)

// judgement says how good a new password is.
type judgement struct {
	Fit      bool      `json:"fit"`
	Score    int       `json:"score"` // 0 to 4
	Mistakes []mistake `json:"mistakes"`
}

// judgePassword says how good a password would be. Words are what the bank knows of the
// customer.
func (a *api) judgePassword(ctx context.Context, secret string, words ...string) (out judgement, err error) {
	in := struct {
		Policy string   `json:"policy"`
		New    string   `json:"new"`
		Words  []string `json:"words,omitempty"`
	}{passwordPolicy, secret, words}
	err = a.call(ctx, http.MethodPost, at("passwords", "judge"), in, &out)
	return out, err
}

// replacePassword puts a new password in the place of one that has expired (F-6.6.8–9).
func (a *api) replacePassword(ctx context.Context, handle, secret string) (out authentication, err error) {
	err = a.call(ctx, http.MethodPost, at("authentications", handle, "replacement"), map[string]string{"policy": passwordPolicy, "new": secret}, &out)
	return out, err
}

// passwordChange is the answer to a change.
type passwordChange struct {
	Changed  bool      `json:"changed"`
	Mistakes []mistake `json:"mistakes"`
}

// changePassword changes a password under a fresh proof (F-6.4).
func (a *api) changePassword(ctx context.Context, handle, current, secret string) (out passwordChange, err error) {
	in := map[string]string{"policy": passwordPolicy, "current": current, "new": secret}
	err = a.call(ctx, http.MethodPost, at("authentications", handle, "password"), in, &out)
	return out, err
}
