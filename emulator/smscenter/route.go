package smscenter

import "github.com/countersign-auth/countersign/smpp"

// route says which account an address belongs to, and whether that is its SIM only.
type route struct {
	account string
	sim     bool
}

// parcel is what an account is to get: a receipt, or the message of a submission.
type parcel struct {
	m  smpp.Message
	of *submission // nil of a receipt
}

// Protocol identifier and data coding of what a phone hands to its SIM (3GPP TS 23.040,
// section 9.2.3.9; TS 23.038, section 4).
const pidSIM = 0x7F

// forSIM reports whether a phone hands a message to its SIM: the class is 2.
func forSIM(m *smpp.Message) bool {
	return m.ProtocolID == pidSIM && (m.Coding&0xF3 == 0xF2 || m.Coding&0xD3 == 0x12)
}

// Route hands all messages to an address to an account: an application that phones answer
// to. An account that was not let in yet may be named. An empty systemID ends it.
func (c *Center) Route(address, systemID string) { c.setRoute(address, route{systemID, false}) }

// SIM hands the messages for the SIM of a number to an account, and leaves texts on the phone.
// An empty systemID ends it.
func (c *Center) SIM(number, systemID string) { c.setRoute(number, route{systemID, true}) }

func (c *Center) setRoute(address string, r route) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.routes[digits(address)] = r; r.account == "" {
		delete(c.routes, digits(address))
	}
}

// routed is the account that a message goes to; nil when it goes to a phone. It is called
// with the lock held.
func (c *Center) routed(m *smpp.Message) *account {
	r, there := c.routes[digits(m.Dest.Addr)]
	if !there || r.sim && !forSIM(m) {
		return nil
	}
	return c.account(r.account)
}

// parcel is the submission as its account gets it.
func (x submission) parcel() parcel {
	m := x.m
	m.ESMClass &= smpp.ESMHeader
	m.Registered, m.Validity, m.Schedule, m.Replace, m.DefaultID = 0, "", "", 0, 0
	return parcel{m, &x}
}

// handed is the state of a message that its account answered with a status.
func handed(s smpp.Status) smpp.DeliveryState {
	if s == smpp.OK {
		return smpp.Delivered
	}
	return smpp.Undeliverable
}
