package iso8583

import "fmt"

// MTI is a message type indicator as a number of four digits: version, class, function, origin.
type MTI uint16

// Message types of the version of 1987 that an issuer meets.
const (
	AuthorizationRequest  MTI = 100
	AuthorizationResponse MTI = 110
	AuthorizationAdvice   MTI = 120
	AdviceResponse        MTI = 130
	ReversalRequest       MTI = 400
	ReversalResponse      MTI = 410
	ReversalAdvice        MTI = 420
	ReversalAdviceAnswer  MTI = 430
	NetworkRequest        MTI = 800
	NetworkResponse       MTI = 810
)

// String returns four digits.
func (m MTI) String() string { return fmt.Sprintf("%04d", uint16(m)) }

// First is the message that this one repeats, or itself: 0100 for 0101.
func (m MTI) First() MTI { return m - m%10 + m%10&^1 }

// Repeat reports whether the message says that it was sent before: origin 1, 3 or 5.
func (m MTI) Repeat() bool { return m%2 == 1 }

// Answers reports whether the message is an answer: its function is a response or an advice response.
func (m MTI) Answers() bool { f := m / 10 % 10; return f == 1 || f == 3 }

// Advice reports whether the message tells of what has happened: it is never refused.
func (m MTI) Advice() bool { return m/10%10 == 2 }

// Class is the third digit from behind: 1 authorization, 4 reversal, 8 network management.
func (m MTI) Class() int { return int(m / 100 % 10) }

// Answer is the type of the answer to a request or advice, 0110 for 0100 and 0101; 0 where there is none.
func (m MTI) Answer() MTI {
	if m.Answers() {
		return 0
	}
	return m.First() + 10
}
