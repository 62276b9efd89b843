package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/evidence"
	"github.com/countersign-auth/countersign/internal/hub"
)

// AssertAuthentication is the request of assertAuthentication.
type AssertAuthentication struct {
	Authentication string `json:"-" path:"authentication" maxLength:"128" doc:"The authentication, as it was answered at its start."`
	Audience       string `json:"audience,omitempty" maxLength:"200" doc:"Whom the assertion is for (aud): printable ASCII characters without spaces. Your client id when it is left out."`
}

// Assertion is signed evidence of an authentication.
type Assertion struct {
	Assertion string    `json:"assertion" doc:"A JWS in compact form. It is verified with the keys at /.well-known/jwks.json."`
	KeyID     string    `json:"key_id" doc:"The key that signed it (kid)."`
	IssuedAt  time.Time `json:"issued_at" doc:"When it was signed (iat)."`
}

// KeySet is a JWK set (RFC 7517, section 5).
type KeySet struct {
	Keys []PublicKey `json:"keys" doc:"The keys of assertions that can still be verified, and the one that signs next."`
}

// PublicKey is a key of assertions (RFC 7518, section 6.2.1).
type PublicKey struct {
	Type      string `json:"kty" enum:"EC" doc:"Always EC."`
	Curve     string `json:"crv" enum:"P-256" doc:"Always P-256."`
	X         string `json:"x" doc:"The x coordinate, base64url."`
	Y         string `json:"y" doc:"The y coordinate, base64url."`
	ID        string `json:"kid" doc:"The key's name: its thumbprint (RFC 7638)."`
	Algorithm string `json:"alg" enum:"ES256" doc:"Always ES256."`
	Use       string `json:"use" enum:"sig" doc:"Always sig."`
}

func (a *API) evidenceOperations() []operation {
	return []operation{
		act[AssertAuthentication, Assertion]{
			route: route{
				id: "assertAuthentication", method: http.MethodPost, path: "/v1/authentications/{authentication}/assertion", tag: tagAuthentications, scopes: client.EvidenceRead,
				summary: "Get signed evidence",
				text:    "A signed statement of what a granted authentication of yours has shown, to be archived. It can be fetched for thirty days. Repeated calls say the same but for the time of issue; each is in the audit log. The answer that grants a payment has it already.",
			},
			status: http.StatusOK, do: a.assertAuthentication,
			in: AssertAuthentication{Audience: "archive.bank.example"}, out: Assertion{Assertion: exampleAssertion, KeyID: exampleKeyID, IssuedAt: exampleTime(7)},
		},
		act[nothing, KeySet]{
			route: route{
				id: "getKeySet", method: http.MethodGet, path: "/.well-known/jwks.json", tag: tagService, public: true, quiet: true, fresh: evidence.Freshness,
				summary: "Read the keys of assertions",
				text:    "A JWK set (RFC 7517). A key is in it 15 minutes before it signs anything, and for ten years after it signed last. Keep a copy for five minutes at most, and one with what you archive.",
			},
			status: http.StatusOK, do: a.getKeySet,
			out: KeySet{Keys: []PublicKey{{"EC", "P-256", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0", exampleKeyID, "ES256", "sig"}}},
		},
	}
}

// Examples of an assertion, shortened, and of the name of its key.
const (
	exampleAssertion = "eyJhbGciOiJFUzI1NiIsImtpZCI6Im9LSXl3dlVwQ1RWVEEuLi4ifQ.eyJzdWIiOiIxMDAyMyIsImFjciI6InVybjpjb3VudGVyc2lnbjphY3I6c2NhIn0.DtEhU3ljbEg8L38VWAfUAq"
	exampleKeyID     = "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"
)

func (a *API) assertAuthentication(ctx context.Context, c *call, in *AssertAuthentication) (Assertion, error) {
	x, err := a.Hub.Assert(ctx, c.access.Actor(), in.Authentication, in.Audience)
	return Assertion{Assertion: x.Text, KeyID: x.KID, IssuedAt: time.Unix(x.Claims.IssuedAt, 0).UTC()}, err
}

func (a *API) getKeySet(ctx context.Context, _ *call, _ *nothing) (set KeySet, err error) {
	text, err := a.Evidence.KeySet(ctx)
	if err == nil {
		err = json.Unmarshal(text, &set)
	}
	return set, err
}

// answered lays the outcome of a proof out, with the assertion that belongs to a
// granted payment. When that cannot be signed there is no answer: the same request under
// the same idempotency key gets it later.
func (a *API) answered(ctx context.Context, c *call, o hub.Outcome, err error) (Authentication, error) {
	if err != nil {
		return Authentication{}, err
	}
	x, err := a.Hub.Granted(ctx, c.access.Actor(), o)
	if err != nil {
		return Authentication{}, fmt.Errorf("the assertion of a granted payment: %w", err)
	}
	out := authenticationOf(o, c.access)
	out.Assertion = x.Text
	return a.restricted(ctx, out, o)
}

// cacheControl is the header for what may be kept for a while.
func cacheControl(d time.Duration) string {
	return "public, max-age=" + strconv.Itoa(int(d.Seconds()))
}
