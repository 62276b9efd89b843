package webhook

import "net/netip"

// Allows says whether an address is in reach.
func Allows(r Reach, a netip.Addr) bool { return r.allows(a) }
