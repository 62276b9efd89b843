package client

import (
	"context"
	"encoding/base64"
	"net/url"
	"strings"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// The authentication methods by their names in OAuth metadata.
const (
	secretBasic   = "client_secret_basic"
	secretPost    = "client_secret_post"
	privateKeyJWT = "private_key_jwt"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// credentials are what a client showed; only one method may be used.
type credentials struct {
	method    string
	id        string // as given; may be empty with an assertion
	secret    string
	assertion string
}

// credentials finds the one method of a request (RFC 6749, section 2.3: a client
// must not use more than one).
func (q Request) credentials() (credentials, error) {
	id, secret, basic, err := readBasic(q.Authorization)
	if err != nil {
		return credentials{}, err
	}
	var found []credentials
	if basic {
		found = append(found, credentials{method: secretBasic, id: id, secret: secret})
	}
	formID := q.Form.Get("client_id")
	if q.Form.Has("client_secret") {
		found = append(found, credentials{method: secretPost, id: formID, secret: q.Form.Get("client_secret")})
	}
	if q.Form.Has("client_assertion") || q.Form.Has("client_assertion_type") {
		if q.Form.Get("client_assertion_type") != assertionType {
			return credentials{}, fault.Invalidf("oauth.invalid_request", "The only client assertion type is "+assertionType+".").WithField("client_assertion_type")
		}
		found = append(found, credentials{method: privateKeyJWT, id: formID, assertion: q.Form.Get("client_assertion")})
	}
	switch {
	case len(found) != 1:
		return credentials{}, fault.Invalidf("oauth.invalid_request", "Authenticate in exactly one way: HTTP Basic, client_secret or client_assertion.")
	case basic && formID != "" && formID != id:
		return credentials{}, fault.Invalidf("oauth.invalid_request", "The client id in the header is not the one in the body.").WithField("client_id")
	}
	return found[0], nil
}

// readBasic reads an Authorization header. Id and secret are form-encoded inside
// it (RFC 6749, section 2.3.1).
func readBasic(h string) (id, secret string, ok bool, err error) {
	if h == "" {
		return "", "", false, nil
	}
	bad := fault.Invalidf("oauth.invalid_request", "The Authorization header is not HTTP Basic with a client id and a secret.")
	scheme, rest, _ := strings.Cut(h, " ")
	if !strings.EqualFold(scheme, "Basic") || len(h) > 4096 {
		return "", "", false, bad
	}
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest))
	id, secret, ok = strings.Cut(string(b), ":")
	if err != nil || !ok {
		return "", "", false, bad
	}
	if id, err = url.QueryUnescape(id); err != nil {
		return "", "", false, bad
	}
	if secret, err = url.QueryUnescape(secret); err != nil {
		return "", "", false, bad
	}
	return id, secret, true, nil
}

// authenticate checks credentials. why says, for the log, why they are refused;
// c is the client that they name, if there is one. It changes nothing: an
// assertion is spent later, with what used says.
func (r *Register) authenticate(ctx context.Context, cred credentials) (c *Client, used spent, why string, err error) {
	text := cred.id
	if text == "" && cred.assertion != "" {
		text = subject(cred.assertion)
	}
	if c, err = r.lookUp(ctx, text); err != nil {
		return nil, used, "", err
	}
	now := r.Now()
	nobody := c == nil
	if nobody {
		c = &Client{} // the same work for a client that does not exist
	}
	if cred.assertion != "" || cred.method == privateKeyJWT {
		used, why = r.checkAssertion(c, cred.assertion, now)
	} else if !r.secretFits(c, cred.secret, now) {
		why = "wrong secret"
	}
	switch {
	case nobody:
		return nil, used, "unknown client", nil
	case c.Status != Active:
		return c, used, "disabled", nil
	}
	return c, used, why, nil
}

// lookUp reads the client of a client_id; nil when there is none.
func (r *Register) lookUp(ctx context.Context, text string) (*Client, error) {
	id, err := ident.Parse(text)
	if err != nil {
		id = ident.ID{1} // nobody's; asking costs the same
	}
	var c *Client
	err = r.DB.Read(ctx, func(tx *db.Tx) (err error) {
		c, err = find(tx, id)
		return err
	})
	if fault.Is(err, "client.unknown") {
		return nil, nil
	}
	return c, err
}
