package httpapi

import (
	"net/http"
	"net/netip"

	"github.com/countersign-auth/countersign/internal/client"
)

// source is the address that a request comes from, see client.Source.
func (a *API) source(r *http.Request) netip.Addr {
	return client.Source(r.RemoteAddr, r.Header.Values("X-Forwarded-For"), a.Proxies)
}
