package judge

import (
	"slices"

	"github.com/golang/geo/s2"
)

// AccessKind is what kind of device a request is made at (DI-4).
type AccessKind string

// The kinds of access devices. Unnamed is one of which nothing is said.
const (
	Unnamed        AccessKind = ""
	Terminal       AccessKind = "pos" // point of sale
	CashRegister   AccessKind = "ecr" // electronic cash register
	Reader         AccessKind = "reader"
	CashMachine    AccessKind = "atm"
	Kiosk          AccessKind = "kiosk"
	Gate           AccessKind = "gate" // security or access system
	AccessPhone    AccessKind = "phone"
	AccessPDA      AccessKind = "pda"
	AccessPC       AccessKind = "pc"
	AccessTablet   AccessKind = "tablet"
	AccessSetTop   AccessKind = "set_top_box"
	AccessRecorder AccessKind = "vcr"
	Site           AccessKind = "site" // web site or server
)

// AccessKinds lists the kinds that a request may name: those at which a customer stands first.
func AccessKinds() []AccessKind {
	return []AccessKind{Terminal, CashRegister, Reader, CashMachine, Kiosk, Gate, AccessPhone, AccessPDA, AccessPC, AccessTablet, AccessSetTop, AccessRecorder, Site}
}

// Known reports whether a request may name the kind.
func (k AccessKind) Known() bool { return slices.Contains(AccessKinds(), k) }

// Counter reports whether a customer stands at a device of the kind, with what they carry. Others are
// used over a network, unless the request says where they are.
func (k AccessKind) Counter() bool {
	switch k {
	case Terminal, CashRegister, Reader, CashMachine, Kiosk, Gate:
		return true
	case Unnamed, AccessPhone, AccessPDA, AccessPC, AccessTablet, AccessSetTop, AccessRecorder, Site:
	}
	return false
}

// NewAccess is where a request comes from: at a device of a kind, in a cell, 0 for unknown.
// A web site is in no place.
func NewAccess(k AccessKind, cell s2.CellID) Access {
	a := Access{Kind: k, Remote: k == Site || cell == 0 && !k.Counter()}
	if !a.Remote {
		a.Cell = cell
	}
	return a
}
