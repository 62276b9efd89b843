package policy

import (
	"time"

	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/payment"
)

// Set is one version of everything that the security officer decides.
type Set struct {
	Version      int64        `yaml:"-"` // number of the version; 0 is the embedded one
	Policies     []Policy     `yaml:"policies"`
	Journeys     []Journey    `yaml:"journeys"`
	Models       []Model      `yaml:"models"`
	Registration Registration `yaml:"registration"`

	Identification Identification `yaml:"identification"`
	Unlock         Unlock         `yaml:"unlock"`
	FourEyes       FourEyes       `yaml:"four_eyes"`

	SMS SMS `yaml:"sms"`

	Exemptions Exemptions `yaml:"exemptions"`

	Applications []Application `yaml:"applications,omitempty"` // mobile applications with a token in them

	MobileID MobileID `yaml:"mobile_id,omitempty"` // signatures by SIM cards

	Companions Companions `yaml:"companions,omitempty"` // devices that customers live with

	Interaction Interaction `yaml:"interaction,omitempty"` // what the patterns of these devices say

	Payments Payments `yaml:"payments,omitempty"` // payments with tokens

	Signing []payment.Profile `yaml:"signing"` // what is typed into tokens that sign payments
}

// Method names the package that checks a policy's proofs.
type Method string

// The methods that a policy may name.
const (
	MethodToken    Method = "token"    // secure codes of hardware tokens
	MethodPassword Method = "password" // passwords that customers know
)

// Policy is an authentication policy: the template of authenticators.
type Policy struct {
	Code      string        `yaml:"code"`                // stable name, "secure-code"
	Name      string        `yaml:"name"`                // what staff read
	Method    Method        `yaml:"method"`              // who checks
	Use       Use           `yaml:"use"`                 // what a right proof means; code when it is left out
	Failures  limit.Rule    `yaml:"failures"`            // wrong proofs in a row
	Events    Events        `yaml:"events,omitempty"`    // event-based codes
	Time      Time          `yaml:"time,omitempty"`      // time-based codes
	Challenge Challenge     `yaml:"challenge,omitempty"` // challenge-response codes
	Resync    Resync        `yaml:"resync,omitempty"`    // bringing a token back into step
	Secret    Secret        `yaml:"secret,omitempty"`    // what customers may choose as password or PIN
	With      []string      `yaml:"with,omitempty"`      // policies that customers register together with a password: each must be proven
	Passcode  Passcode      `yaml:"passcode,omitempty"`  // codes by text message
	Approval  Approval      `yaml:"approval,omitempty"`  // what customers approve on their phones
	Valid     time.Duration `yaml:"valid"`               // life of a new authenticator; 0 means without end
}

// Events says how far ahead of the last accepted event a code may be.
type Events struct {
	Window   int `yaml:"window"`    // events, 1–100
	FirstUse int `yaml:"first_use"` // events, for the very first code of an imported token, 1–1000
	Resync   int `yaml:"resync"`    // events, for resynchronization, 1–100000
}

// Time says how far from the server's clock a code may be.
type Time struct {
	Skew     int `yaml:"skew"`      // steps before and after, 0–10
	FirstUse int `yaml:"first_use"` // steps, for the very first code of an imported token, 0–120
	Resync   int `yaml:"resync"`    // steps, for resynchronization, 0–100000
	MaxDrift int `yaml:"max_drift"` // steps that the learned drift may reach, however it was learned, 1–1000
}

// Challenge says how challenges are made and how long they live.
type Challenge struct {
	Length int           `yaml:"length"` // digits, 4–16
	TTL    time.Duration `yaml:"ttl"`    // life of a challenge, 10 s – 10 min
	Max    int           `yaml:"max"`    // challenges without a right answer before none counts for failures.cool_down; 0 means no limit
}

// Journey says what a purpose on a channel asks for.
type Journey struct {
	Purpose string        `yaml:"purpose"`         // login, payment …
	Channel string        `yaml:"channel"`         // web, branch …
	Steps   [][]string    `yaml:"steps,omitempty"` // the first way: each step has codes of the policies of which one will do
	Ways    []Way         `yaml:"ways,omitempty"`  // other sequences of steps, among which the customer chooses
	SCA     bool          `yaml:"sca"`             // two independent factors must have been shown
	TTL     time.Duration `yaml:"ttl"`             // time from start to outcome

	TextsFirst bool        `yaml:"texts_first,omitempty"` // texts may be sent before any factor was shown
	Risk       JourneyRisk `yaml:"risk,omitempty"`
	Exempt     bool        `yaml:"exempt,omitempty"` // payments, and looks at accounts, that an exemption applies to are granted without a proof
}

// Model is a kind of token that the bank hands out.
type Model struct {
	Code         string        `yaml:"code"`         // stable name
	Name         string        `yaml:"name"`         // what people read
	Manufacturer string        `yaml:"manufacturer"` // as in the import file; "" matches any
	Model        string        `yaml:"model"`        // as in the import file; "" matches any
	DevicePIN    bool          `yaml:"device_pin"`   // the token asks for a PIN: its code shows knowledge too
	ServerPIN    PINPlace      `yaml:"server_pin"`   // a PIN typed with the code and checked here
	Life         time.Duration `yaml:"life"`         // from first use; 0 means without end
	Policies     []string      `yaml:"policies"`     // the policies that it may serve
	Signing      string        `yaml:"signing"`      // the profile by which it signs payments; "" when it serves no policy of use sign
}

// PINPlace says where a PIN that the server checks is typed.
type PINPlace string

// Places of a server-side PIN.
const (
	PINNone    PINPlace = ""
	PINPrepend PINPlace = "prepend" // PIN, then code
	PINAppend  PINPlace = "append"  // code, then PIN
)

// Registration says how activation codes and registrations work.
type Registration struct {
	CodeLength int           `yaml:"code_length"` // random characters of 5 bits, 8–24
	CodeValid  time.Duration `yaml:"code_valid"`  // life of an activation code
	MaxExtend  int           `yaml:"max_extend"`  // times that a code may be extended
	Attempts   limit.Rule    `yaml:"attempts"`    // wrong activation codes per customer
	Resume     time.Duration `yaml:"resume"`      // how long a broken-off registration keeps its token
	TokenTries limit.Rule    `yaml:"token_tries"` // wrong serial numbers and first codes per registration
	PINLength  int           `yaml:"pin_length"`  // shortest server-side PIN, digits, 4–8
	Split      bool          `yaml:"split"`       // activation codes leave in two halves by two different ways
}
