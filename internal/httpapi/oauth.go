package httpapi

import (
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
)

const (
	tokenPath = "/oauth/token" //nolint:gosec // an address
	formURL   = "application/x-www-form-urlencoded"
)

// TokenForm is the form of the token endpoint (RFC 6749, section 4.4.2; RFC 7521,
// section 4.2). It is for the document; package client reads the form.
type TokenForm struct {
	GrantType     string `json:"grant_type" enum:"client_credentials" doc:"Always client_credentials."`
	Scope         string `json:"scope,omitempty" doc:"The scopes that are wanted, separated by spaces; without it, all that the client has."`
	ClientID      string `json:"client_id,omitempty" doc:"The client, with client_secret; HTTP Basic does as well."`
	ClientSecret  string `json:"client_secret,omitempty" doc:"Its secret."`
	AssertionType string `json:"client_assertion_type,omitempty" enum:"urn:ietf:params:oauth:client-assertion-type:jwt-bearer" doc:"With client_assertion."`
	Assertion     string `json:"client_assertion,omitempty" doc:"A JWT signed with the client's private key (RFC 7523): iss and sub are the client, aud is our address or that of this endpoint, exp at most five minutes away, jti used once. ES256, EdDSA, RS256 or PS256."`
}

// AccessToken is the answer of the token endpoint (RFC 6749, section 5.1).
type AccessToken struct {
	AccessToken string `json:"access_token" doc:"To be sent as bearer token. Do not look inside."`
	TokenType   string `json:"token_type" enum:"Bearer" doc:"Always Bearer."`
	ExpiresIn   int64  `json:"expires_in" doc:"Its life in seconds."`
	Scope       string `json:"scope" doc:"The scopes that were granted."`
}

// OAuthError is a failure of the token endpoint (RFC 6749, section 5.2).
type OAuthError struct {
	Error       string `json:"error" enum:"invalid_request,invalid_client,unsupported_grant_type,invalid_scope,temporarily_unavailable,server_error" doc:"What is wrong."`
	Description string `json:"error_description" doc:"What is wrong, for developers."`
}

// tokenEndpoint is the one operation that speaks OAuth.
type tokenEndpoint struct {
	route
	api *API
}

func (a *API) tokenEndpoint() tokenEndpoint {
	return tokenEndpoint{route{
		id: "createAccessToken", method: http.MethodPost, path: tokenPath, tag: tagService, public: true, failure: writeOAuthError,
		summary: "Get an access token",
		text:    "OAuth 2.0 client credentials (RFC 6749, section 4.4), with client_secret_basic, client_secret_post or private_key_jwt. Failures have the form of RFC 6749, section 5.2.",
	}, a}
}

func (o tokenEndpoint) bind(*API) func(http.ResponseWriter, *http.Request, *call) error {
	return o.serve
}

func (o tokenEndpoint) serve(w http.ResponseWriter, r *http.Request, c *call) error {
	form, err := o.api.readTokenForm(r)
	if err != nil {
		return err
	}
	got, err := o.api.Clients.Token(r.Context(), client.Request{Authorization: r.Header.Get("Authorization"), Form: form, Source: o.api.source(r).String()})
	if err != nil {
		if fault.Is(err, "oauth.invalid_client") && r.Header.Get("Authorization") != "" {
			w.Header().Set("WWW-Authenticate", `Basic realm="countersign"`)
		}
		return err
	}
	body, err := json.Marshal(AccessToken{AccessToken: got.Access, TokenType: "Bearer", ExpiresIn: int64(got.Life.Seconds()), Scope: got.Scopes.String()}) //nolint:gosec // its purpose
	if err != nil {
		return err
	}
	c.status = http.StatusOK
	w.Header().Set("Pragma", "no-cache") // RFC 6749, section 5.1
	writeBody(w, c.status, jsonType, body)
	return nil
}

// readTokenForm reads a form of at most MaxBody bytes. Parameters in the query are
// refused: secrets do not belong there.
func (a *API) readTokenForm(r *http.Request) (url.Values, error) {
	if err := wantType(r, formURL); err != nil {
		return nil, err
	}
	if r.URL.RawQuery != "" {
		return nil, refuse(http.StatusBadRequest, "oauth.invalid_request", "", "Send all parameters in the body.")
	}
	if r.ContentLength > a.MaxBody {
		return nil, a.tooLarge()
	}
	b, err := a.readInto(make([]byte, 0, 1024), r.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(b))
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "oauth.invalid_request", "", "The body is not a form.")
	}
	return form, nil
}

// writeOAuthError answers in the form of RFC 6749, section 5.2.
func writeOAuthError(w http.ResponseWriter, err error, requestID string) int {
	p := asProblem(err, requestID)
	code, known := strings.CutPrefix(p.Code, "oauth.")
	switch {
	case known && code == "invalid_client":
		p.Status = http.StatusUnauthorized
	case known:
		p.Status = http.StatusBadRequest
	case p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable:
		code = "temporarily_unavailable"
		after := max(fault.From(err).RetryAfter, 1)
		w.Header().Set("Retry-After", seconds(after))
	case p.Status >= http.StatusInternalServerError:
		code = "server_error"
	default:
		code = "invalid_request"
	}
	body, _ := json.Marshal(OAuthError{code, p.Detail}) // strings always marshal
	writeBody(w, p.Status, jsonType, body)
	return p.Status
}

func (o tokenEndpoint) describe(d *document) {
	op := d.add(o.route)
	schema := d.request(reflect.TypeFor[TokenForm]())
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		formURL: {Schema: schema, Example: plain(TokenForm{GrantType: "client_credentials", Scope: "authentications registrations", ClientID: exampleID, ClientSecret: "cs_secret_…"})}, //nolint:gosec // an example
	}}
	op.Responses = map[string]*huma.Response{"200": {Description: "The access token.", Content: map[string]*huma.MediaType{
		jsonType: {
			Schema:  d.schemas.Schema(reflect.TypeFor[AccessToken](), true, ""),
			Example: plain(AccessToken{AccessToken: "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.…", TokenType: "Bearer", ExpiresIn: 600, Scope: "registrations authentications"}), //nolint:gosec // an example
		},
	}}}
	failure := d.schemas.Schema(reflect.TypeFor[OAuthError](), true, "")
	for status, text := range map[string]string{
		"400": "The request is not right.", "401": "The client could not be authenticated.", "413": "The body is too large.", "415": "The body is not a form.",
		"429": "More requests than allowed.", "500": "Our fault.", "503": "We cannot answer now.",
	} {
		op.Responses[status] = &huma.Response{Description: text, Content: map[string]*huma.MediaType{jsonType: {Schema: failure}}}
	}
}
