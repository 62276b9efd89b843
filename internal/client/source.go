package client

import (
	"net/netip"
	"strings"
)

// Source is the address that a request comes from: the connection's own, or, when that is
// a proxy of ours, the last one in X-Forwarded-For that is not. What stands before that is
// the caller's invention. Peer is the connection's address with its port, forwarded the
// values of the header, proxies the configured networks. It is the zero Addr when there is
// none.
func Source(peer string, forwarded []string, proxies []netip.Prefix) netip.Addr {
	ap, err := netip.ParseAddrPort(peer)
	if err != nil {
		return netip.Addr{}
	}
	addr := ap.Addr().Unmap()
	if !within(proxies, addr) {
		return addr
	}
	hops := strings.Split(strings.Join(forwarded, ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return addr
		}
		if addr = hop.Unmap(); !within(proxies, addr) {
			return addr
		}
	}
	return addr
}

func within(networks []netip.Prefix, addr netip.Addr) bool {
	for _, n := range networks {
		if n.Contains(addr) {
			return true
		}
	}
	return false
}
