package httpapi

import (
	"context"
	"net/http"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
)

// Health is the answer of the probes.
type Health struct {
	Status string `json:"status" enum:"ok" doc:"Always ok; otherwise the answer is a problem."`
}

// ServerMetadata tells OAuth clients about us (RFC 8414).
type ServerMetadata struct {
	Issuer        string   `json:"issuer" doc:"Our name in tokens."`
	TokenEndpoint string   `json:"token_endpoint" doc:"Where access tokens come from."`
	KeySet        string   `json:"jwks_uri" doc:"Where the keys of assertions are."`
	Methods       []string `json:"token_endpoint_auth_methods_supported" doc:"How clients can authenticate."`
	Algorithms    []string `json:"token_endpoint_auth_signing_alg_values_supported" doc:"Signatures of client assertions."`
	GrantTypes    []string `json:"grant_types_supported" doc:"Client credentials only."`
	ResponseTypes []string `json:"response_types_supported" doc:"None."`
	Scopes        []string `json:"scopes_supported" doc:"All scopes."`
	Documentation string   `json:"service_documentation" doc:"The page of this document."`
}

func (a *API) serviceOperations() []operation {
	at := func(id, path, summary, text string) route {
		return route{id: id, method: http.MethodGet, path: path, tag: tagService, public: true, quiet: true, summary: summary, text: text}
	}
	probe := func(id, path, summary, text string) route {
		r := at(id, path, summary, text)
		r.unlimited = true
		return r
	}
	return []operation{
		a.tokenEndpoint(),
		act[nothing, ServerMetadata]{
			route:  at("getServerMetadata", "/.well-known/oauth-authorization-server", "Read the metadata of the token endpoint", "RFC 8414."),
			status: http.StatusOK, out: a.metadata(), do: func(context.Context, *call, *nothing) (ServerMetadata, error) { return a.metadata(), nil },
		},
		fixed{
			route: at("getDocument", "/openapi.json", "Read this document", ""),
			kind:  "application/json", body: func() []byte { return a.document },
		},
		fixed{
			route: at("getReference", "/docs", "Read this document as a page", ""),
			kind:  "text/html; charset=utf-8", policy: pagePolicy(), body: func() []byte { return a.reference },
		},
		act[nothing, Health]{
			route:  probe("getHealth", "/healthz", "Ask whether the process lives", "Says nothing about the database: see readyz."),
			status: http.StatusOK, out: Health{"ok"}, do: func(context.Context, *call, *nothing) (Health, error) { return Health{"ok"}, nil },
		},
		act[nothing, Health]{
			route:  probe("getReadiness", "/readyz", "Ask whether the node is fit for service", "503 while the database is away, the clock is wrong, or the node is starting or stopping."),
			status: http.StatusOK, out: Health{"ok"}, do: a.ready,
		},
	}
}

func (a *API) ready(ctx context.Context, _ *call, _ *nothing) (Health, error) {
	if a.Ready == nil {
		return Health{"ok"}, nil
	}
	if err := a.Ready(ctx); err != nil {
		return Health{}, fault.Unavailablef(err, "service.not_ready", "The node is not fit for service. The log says why.")
	}
	return Health{"ok"}, nil
}

func (a *API) metadata() ServerMetadata {
	m := ServerMetadata{
		Issuer: a.URL, TokenEndpoint: a.URL + tokenPath, KeySet: a.URL + "/.well-known/jwks.json",
		Methods:    []string{"client_secret_basic", "client_secret_post", "private_key_jwt"},
		Algorithms: []string{"ES256", "EdDSA", "RS256", "PS256"},
		GrantTypes: []string{"client_credentials"}, ResponseTypes: []string{}, Documentation: a.URL + "/docs",
	}
	if a.Clients != nil {
		m.Issuer = a.Clients.Issuer
	}
	for _, s := range client.Describe() {
		m.Scopes = append(m.Scopes, s.Name)
	}
	return m
}
