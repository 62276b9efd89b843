// Package dskpp speaks the Dynamic Symmetric Key Provisioning Protocol of RFC 6063,
// both sides of it.
package dskpp
