package httpapi

import (
	"net/http"
	"strings"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
)

// admit finds out who calls, whether at this rate, and whether they may.
func (a *API) admit(w http.ResponseWriter, r *http.Request, scopes client.Scopes, c *call) error {
	token, err := bearer(r)
	if err == nil {
		c.access, err = a.Clients.Verify(token)
	}
	switch {
	case err == nil:
	case fault.KindOf(err) == fault.Denied:
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		return &refusal{fault.From(err), http.StatusUnauthorized}
	default:
		if _, own := err.(*refusal); own { //nolint:errorlint // refusals are never wrapped
			w.Header().Set("WWW-Authenticate", "Bearer")
		}
		return err
	}
	if err := a.Limiter.Client(c.access.Client, c.access.Rate); err != nil {
		return err
	}
	if err := c.access.Need(scopes); err != nil {
		w.Header().Set("WWW-Authenticate", `Bearer error="insufficient_scope", scope="`+scopes.String()+`"`)
		return err
	}
	return nil
}

// bearer takes the access token off the Authorization header (RFC 6750, section
// 2.1). Tokens in the query or the body are not taken.
func bearer(r *http.Request) (string, error) {
	given := r.Header["Authorization"]
	if len(given) == 1 {
		if scheme, token, ok := strings.Cut(given[0], " "); ok && strings.EqualFold(scheme, "Bearer") && token != "" {
			return token, nil
		}
	}
	return "", refuse(http.StatusUnauthorized, "request.unauthorized", "Authorization", "Send an access token: Authorization: Bearer … (see POST /oauth/token).")
}
