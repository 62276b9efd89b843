package sms

import (
	"regexp"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Text is one message to one phone.
type Text struct {
	ID       ident.ID  // given by Send when zero
	Customer ident.ID  // whose phone it is; zero for nobody's
	To       string    // E.164: + and 7 to 15 digits
	Body     string    // any text of 1 to 1000 characters; the gateway chooses GSM 7-bit or UCS-2 and the parts
	Class    string    // what it is: ClassCode, ClassNotice, or another short word in lower case
	Expires  time.Time // not delivered later (validity period); required, at most MaxLife away
	Dedupe   string    // when not empty, later texts of the same class with the same key are not sent
}

// The classes of texts that this product sends itself.
const (
	ClassCode   = "code"   // a code to log in or to sign with
	ClassNotice = "notice" // news for a customer that needs no answer
)

// Bounds of a text.
const (
	MaxBody = 1000           // characters
	MaxLife = 48 * time.Hour // the longest that networks commonly keep a text
)

var (
	e164  = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	class = regexp.MustCompile(`^[a-z][a-z_]{0,31}$`)
)

// check refuses a text that no gateway could send. Its faults name the field, and
// never repeat number or body.
func (t Text) check(now time.Time) error {
	switch n := len([]rune(t.Body)); {
	case !e164.MatchString(t.To):
		return fault.Invalidf("sms.number", "The phone number is not in international form: + and the country code first, 7 to 15 digits in all.").WithField("/to")
	case n < 1 || n > MaxBody:
		return fault.Invalidf("sms.body", "A text message has 1 to %d characters, not %d.", MaxBody, n).WithField("/body")
	case !class.MatchString(t.Class):
		return fault.Invalidf("sms.class", "A text message has a class: a short word in lower case, such as %s.", ClassCode).WithField("/class")
	case len(t.Dedupe) > 200:
		return fault.Invalidf("sms.dedupe", "The dedupe key is longer than 200 bytes.").WithField("/dedupe")
	case !t.Expires.After(now) || t.Expires.Sub(now) > MaxLife:
		return fault.Invalidf("sms.expires", "A text message expires in the future, at most %v from now.", MaxLife).WithField("/expires")
	}
	return nil
}

// State says where a message is; see the package comment.
type State string

// The states.
const (
	Waiting   State = "waiting"   // to be handed to a gateway
	Sent      State = "sent"      // a gateway took it; nothing is known of the phone
	Delivered State = "delivered" // the phone has all its parts
	Failed    State = "failed"    // the network gave it up
	Expired   State = "expired"   // its time ran out before it reached the phone
	Unknown   State = "unknown"   // the network does not know, or never told
	Dead      State = "dead"      // no gateway took it; it can be tried again
)

// Final reports whether nothing more is expected to happen.
func (s State) Final() bool { return s != Waiting && s != Sent }
