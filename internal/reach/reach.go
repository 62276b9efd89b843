package reach

import (
	"errors"
	"net"
	"net/netip"
	"syscall"
)

// Reach says which addresses may be connected to. The zero value reaches public
// addresses only. Link-local addresses, where clouds keep their credentials, and
// multicast ones are never reached.
type Reach struct {
	Private  bool // addresses of private networks (RFC 1918, RFC 4193, RFC 6598)
	Loopback bool // this machine; for demonstrations
}

// ErrOutside is the error of a connection that was not made.
var ErrOutside = errors.New("its address is not one that may be connected to")

// Allows says whether an address may be connected to.
func (r Reach) Allows(a netip.Addr) bool {
	a = a.Unmap()
	shared := netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64, 0, 0}), 10)
	switch {
	case !a.IsValid() || a.IsUnspecified() || a.IsMulticast() || a.IsLinkLocalUnicast():
		return false
	case a.IsLoopback():
		return r.Loopback
	case a.IsPrivate() || shared.Contains(a):
		return r.Private
	}
	return a.IsGlobalUnicast()
}

// Dialer connects where r allows, and with plain to this machine alone. It is asked after the
// name was resolved, right before it connects: what is checked is what is connected to.
func (r Reach) Dialer(plain bool) *net.Dialer {
	return &net.Dialer{Control: func(_, address string, _ syscall.RawConn) error {
		ap, err := netip.ParseAddrPort(address)
		if err != nil || !r.Allows(ap.Addr()) || plain && !ap.Addr().Unmap().IsLoopback() {
			return ErrOutside
		}
		return nil
	}}
}
