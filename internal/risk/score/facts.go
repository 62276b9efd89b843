package score

import (
	"time"

	"github.com/countersign-auth/countersign/internal/risk/likelihood"
)

// Kinds of events.
const (
	KindSession = "session"
	KindPayment = "payment"
	KindAction  = "action"
	KindVisit   = "visit"
)

// Facts are what is known of an event when it is judged. No name, number, account
// or address of a person is among them: values that only need to be compared are
// keyed hashes.
type Facts struct {
	At      time.Time `json:"at"`
	Kind    string    `json:"kind"`
	Channel string    `json:"channel,omitempty"`
	Type    string    `json:"type,omitempty"` // of the action or payment
	Hour    int       `json:"hour"`           // where the bank is, 0–23
	Weekday int       `json:"weekday"`        // Sunday is 0

	Row     likelihood.Attempt `json:"row"`            // address and full agent are keyed hashes
	Tag     string             `json:"tag,omitempty"`  // keyed hash of the device's cookie or id; "" for none
	City    string             `json:"city,omitempty"` // of the address
	Lat     float64            `json:"lat,omitempty"`
	Lon     float64            `json:"lon,omitempty"`
	Located bool               `json:"located,omitempty"`
	Signals []string           `json:"signals,omitempty"` // of the probe
	// NoConsent: signals, device and place were neither judged nor kept.
	NoConsent bool     `json:"no_consent,omitempty"`
	Machine   string   `json:"machine,omitempty"` // keyed hash of what the probe saw of the machine: a claim, for comparison by people
	Lists     []string `json:"lists,omitempty"`   // that were hit: "block.address"

	// What the customer's history says.
	Known       bool       `json:"known,omitempty"`  // has logged in before
	Logins      int        `json:"logins,omitempty"` // that count, at most 100
	Ratio       float64    `json:"ratio,omitempty"`  // of likelihoods
	Parts       [3]float64 `json:"parts"`            // of the ratio: network, agent, user
	NewAddress  bool       `json:"new_address,omitempty"`
	NewNetwork  bool       `json:"new_network,omitempty"`
	NewCountry  bool       `json:"new_country,omitempty"`
	NewAgent    bool       `json:"new_agent,omitempty"`
	NewDevice   bool       `json:"new_device,omitempty"`
	TravelKM    float64    `json:"travel_km,omitempty"`    // since the last place
	TravelSpeed float64    `json:"travel_speed,omitempty"` // km/h; 0 for near or unknown
	IdleDays    float64    `json:"idle_days,omitempty"`    // since the last event that ended well
	Failures    float64    `json:"failures,omitempty"`     // rejected events, decayed by a day
	Changed     float64    `json:"changed,omitempty"`      // hours since phone, device or password were changed; 0 for never

	Interaction Interaction `json:"interaction,omitzero"` // what the devices of the customer say; zero for nothing

	// Of a payment.
	Items      []Item  `json:"items,omitempty"`  // all payments of a batch; what follows is about the riskiest
	Payee      string  `json:"payee,omitempty"`  // keyed hash of the account
	Amount     float64 `json:"amount,omitempty"` // major units
	Currency   string  `json:"currency,omitempty"`
	Batch      int     `json:"batch,omitempty"` // payments that are signed together
	Own        bool    `json:"own,omitempty"`   // to an account of the customer's own
	NewPayee   bool    `json:"new_payee,omitempty"`
	PayeeIn    string  `json:"payee_in,omitempty"`     // country of the payee's bank
	Usual      float64 `json:"usual,omitempty"`        // amount over the usual one; 0 for unknown
	Payers     float64 `json:"payers,omitempty"`       // of the payee, decayed by a month
	Fresh      float64 `json:"fresh,omitempty"`        // first payments to the payee, decayed by a day
	Frauds     float64 `json:"frauds,omitempty"`       // confirmed, to the payee
	DayCount   float64 `json:"day_count,omitempty"`    // payments of the customer, decayed by a day
	DayAmount  float64 `json:"day_amount,omitempty"`   // what they were worth
	SessionMin float64 `json:"session_min,omitempty"`  // minutes since the session began; 0 for none
	SessionSum int     `json:"session_risk,omitempty"` // score of the session, 0–1000
}

// Interaction is what the pattern of a customer's devices says of an event (package interaction),
// which keeps a decision of its own with all terms.
type Interaction struct {
	Decision string `json:"decision"`         // its id
	Outcome  string `json:"outcome"`          // allow, limited, step_up, deny
	Shadow   bool   `json:"shadow,omitempty"` // nothing depends on it
	Demand   Demand `json:"demand,omitzero"`  // what must at least be done by it
	Spares   bool   `json:"spares,omitempty"` // the bank refuses nobody for a pattern: its terms lead to a step-up at most
}

// Item is one payment of a batch.
type Item struct {
	Payee    string  `json:"payee"` // keyed hash of the account
	PayeeIn  string  `json:"payee_in,omitempty"`
	Amount   float64 `json:"amount"` // major units
	Currency string  `json:"currency"`
	Own      bool    `json:"own,omitempty"`
	Score    int     `json:"score"` // 0–1000, once judged
}
