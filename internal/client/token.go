package client

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Request is a request to the token endpoint.
type Request struct {
	Authorization string     // the Authorization header; may be empty
	Form          url.Values // the parameters of the body
	Source        string     // the address it came from, for the audit log
}

// Token is a successful answer of the token endpoint (RFC 6749, section 5.1).
type Token struct {
	Access string // the access token, of the type Bearer
	Life   time.Duration
	Scopes Scopes // that were granted
}

// Token authenticates a client and issues an access token. Without a scope
// parameter it grants all scopes of the client; a scope that the client does not
// have is refused.
//
// Faults have the codes of RFC 6749, section 5.2, behind "oauth.":
// invalid_request, invalid_client (Denied, and always the same, whatever was
// wrong), invalid_scope, unsupported_grant_type.
func (r *Register) Token(ctx context.Context, q Request) (Token, error) {
	if err := q.check(); err != nil {
		return Token{}, err
	}
	cred, err := q.credentials()
	if err != nil {
		return Token{}, err
	}
	c, used, why, err := r.authenticate(ctx, cred)
	if err != nil {
		return Token{}, err
	}
	if why != "" {
		return Token{}, r.refuse(ctx, cred, c, why, q.Source)
	}
	want, err := ParseScopes(q.Form.Get("scope"))
	switch {
	case err != nil:
		return Token{}, err
	case want == 0:
		want = c.Scopes
	case !c.Scopes.Has(want):
		return Token{}, fault.Invalidf("oauth.invalid_scope", "The client may not have a scope that it asked for.").WithField("scope")
	}
	return r.issue(ctx, c, used, want, q, cred)
}

// check looks at what has nothing to do with who is asking.
func (q Request) check() error {
	for name, values := range q.Form {
		if len(values) > 1 {
			return fault.Invalidf("oauth.invalid_request", "A parameter is given more than once.").WithField(name)
		}
	}
	switch q.Form.Get("grant_type") {
	case "client_credentials":
		return nil
	case "":
		return fault.Invalidf("oauth.invalid_request", "The parameter grant_type is missing.").WithField("grant_type")
	}
	return fault.Invalidf("oauth.unsupported_grant_type", "Only the grant type client_credentials is offered here.").WithField("grant_type")
}

// issue spends the assertion, if there was one, records the token and makes it.
func (r *Register) issue(ctx context.Context, c *Client, used spent, want Scopes, q Request, cred credentials) (Token, error) {
	fresh := true
	err := r.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if fresh, err = used.spend(tx, c.ID); err != nil || !fresh {
			return err
		}
		audit.Record(tx, audit.Event{Kind: AuditTokenIssued, By: audit.Client(c.ID, c.Name), Object: c.ID.String(), Details: map[string]any{"scopes": want, "method": cred.method, "source": clip(q.Source)}})
		return nil
	})
	switch {
	case err != nil:
		return Token{}, err
	case !fresh:
		return Token{}, r.refuse(ctx, cred, c, "assertion used before", q.Source)
	}
	now := r.Now()
	text := r.seal(claims{client: []byte(c.ID.String()), jti: []byte(ident.New(now, r.Rand).String()), issued: now.Unix(), expires: now.Add(r.Life).Unix(), generation: c.generation, scopes: want})
	return Token{Access: text, Life: r.Life, Scopes: want}, nil
}

// recorded is how many refusals are recorded one by one, of each client and of all
// that name none. Anybody may ask for a token: without a bound strangers could fill
// the log, and their records would compete with logins for the disk.
var recorded = Rate{PerSecond: 1, Burst: 200}

// refuse records a failed authentication and returns the one answer to all of them.
func (r *Register) refuse(ctx context.Context, cred credentials, c *Client, why, source string) error {
	by, object, of := audit.System("token_endpoint"), "", ident.ID{}
	if c != nil {
		by, object, of = audit.Client(c.ID, c.Name), c.ID.String(), c.ID
	}
	if wait := r.refusals.take(of, r.Now(), recorded); wait > 0 {
		r.unrecorded.Add(1)
		return notClient()
	}
	details := map[string]any{"reason": why, "method": cred.method, "source": clip(source)}
	more := r.unrecorded.Swap(0)
	if more > 0 {
		details["more_unrecorded"] = more
	}
	err := r.DB.Write(ctx, func(tx *db.Tx) error {
		audit.Record(tx, audit.Event{Kind: AuditRefused, By: by, Object: object, Details: details})
		return nil
	})
	if err != nil {
		r.unrecorded.Add(more)
		return err
	}
	return notClient()
}

func notClient() error {
	return fault.Deniedf("oauth.invalid_client", "The client could not be authenticated: check its id, its secret or key, and the clock.")
}

// clip bounds what strangers can write into the log.
func clip(s string) string {
	return strings.ToValidUTF8(s[:min(len(s), 100)], "?")
}
