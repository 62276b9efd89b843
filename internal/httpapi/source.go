package httpapi

import (
	"net/http"
	"net/netip"
	"strings"
)

// source is the address that a request comes from: the connection's own, or, when
// that is a proxy of ours, the last one in X-Forwarded-For that is not. What stands
// before that is the caller's invention. The zero Addr when there is none.
func (a *API) source(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := ap.Addr().Unmap()
	if len(a.Proxies) == 0 || !a.proxy(addr) {
		return addr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return addr
		}
		if addr = hop.Unmap(); !a.proxy(addr) {
			return addr
		}
	}
	return addr
}

func (a *API) proxy(addr netip.Addr) bool {
	for _, p := range a.Proxies {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}
