package report

import (
	"strconv"
	"time"
)

// Enrollment registers the device that sends it.
type Enrollment struct {
	Code        string       `json:"code"` // of an invitation
	Name        string       `json:"name,omitzero"`
	Model       string       `json:"model,omitzero"`
	Can         []string     `json:"can,omitempty"` // capabilities
	Identifiers []Identifier `json:"identifiers,omitempty"`
	Keys        Keys         `json:"keys"`
}

// Keys are the keys of a device. The message that brings them is signed with them.
type Keys struct {
	Scheme   string `json:"scheme"`             // envelope.Scheme
	Verifier []byte `json:"verifier,omitempty"` // public key
	Secret   []byte `json:"secret,omitempty"`   // of an HMAC
	Sealer   []byte `json:"sealer,omitempty"`   // public key that answers are sealed to; a secondary without answers has none
}

// Identifier is how a device is recognized by those around it.
type Identifier struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

// Batch tells what was met.
type Batch struct {
	Zone   int     `json:"zone_offset"`   // minutes east of UTC, of the device's civil time
	Live   bool    `json:"live,omitzero"` // it was sent at once: events without a time are of now
	Events []Event `json:"events"`
}

// Check says what is wrong with a batch of a message that was sent at a time.
func (b *Batch) Check(sent time.Time) *Error {
	switch {
	case b.Zone < -MaxZone || b.Zone > MaxZone:
		return wrong("/zone_offset", "civil times differ by at most 18 hours from UTC")
	case len(b.Events) == 0 || len(b.Events) > MaxEvents:
		return wrong("/events", "a batch has 1 to 500 events")
	}
	for n := range b.Events {
		if err := b.Events[n].check(sent); err != nil {
			return err.below("/events/" + strconv.Itoa(n))
		}
	}
	return nil
}

// Inquiry asks what to do.
type Inquiry struct {
	Plan string `json:"plan,omitzero"` // name of the plan that the device has
}

// Proofs answers questions of the server.
type Proofs struct {
	Zone    int        `json:"zone_offset"`
	Answers []Evidence `json:"answers"`
}

// Check says what is wrong with answers.
func (p *Proofs) Check() *Error {
	switch {
	case p.Zone < -MaxZone || p.Zone > MaxZone:
		return wrong("/zone_offset", "civil times differ by at most 18 hours from UTC")
	case len(p.Answers) == 0 || len(p.Answers) > MaxSeen:
		return wrong("/answers", "1 to 64 answers")
	}
	for n := range p.Answers {
		at := "/answers/" + strconv.Itoa(n)
		if err := p.Answers[n].check(); err != nil {
			return err.below(at)
		}
		if !p.Answers[n].Fresh() {
			return wrong(at+"/nonce", "give the nonce of the question")
		}
	}
	return nil
}

// MaxThings is how many devices one message names.
const MaxThings = 20

// Introduction names secondaries.
type Introduction struct {
	Add []Thing `json:"add"`
}

// Check says what is wrong with an introduction.
func (i *Introduction) Check() *Error {
	if len(i.Add) == 0 || len(i.Add) > MaxThings {
		return wrong("/add", "1 to 20 devices")
	}
	return nil
}

// Thing is a device that its primary tells of.
type Thing struct {
	Kind        string       `json:"kind"`
	Group       string       `json:"group,omitzero"`
	Name        string       `json:"name,omitzero"`
	Model       string       `json:"model,omitzero"`
	Can         []string     `json:"can,omitempty"`
	Identifiers []Identifier `json:"identifiers,omitempty"`
	Keys        *Keys        `json:"keys,omitempty"` // none: its identifiers are all there is
}

// Wish asks whether the transaction application may become active.
type Wish struct {
	Zone int `json:"zone_offset"`
}

// Check says what is wrong with a wish.
func (w *Wish) Check() *Error {
	if w.Zone < -MaxZone || w.Zone > MaxZone {
		return wrong("/zone_offset", "civil times differ by at most 18 hours from UTC")
	}
	return nil
}
