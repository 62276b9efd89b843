package hardtoken

import (
	"encoding/json"
	"fmt"
	"time"
)

// Phase is what the token is waiting for.
type Phase string

// The phases; see the package comment.
const (
	Off       Phase = "off"
	NewPIN    Phase = "new_pin"
	RepeatPIN Phase = "repeat_pin"
	AskPIN    Phase = "ask_pin"
	Ask       Phase = "ask"
	Show      Phase = "show"
	Locked    Phase = "locked"
)

// Unit is one token as it leaves the factory.
type Unit struct {
	Serial  string            `json:"serial"`
	Made    time.Time         `json:"made"`    // its clock was set then
	Expires time.Time         `json:"expires"` // the battery is spent then
	Secrets map[string][]byte `json:"secrets"` // by name of the function
}

// State is the memory of a token: all of it can be written as JSON and read
// back, also while somebody is typing.
type State struct {
	Counters map[string]uint64 `json:"counters"`      // next event of each function
	PIN      []byte            `json:"pin,omitempty"` // a keyed digest; empty: none chosen yet
	Tries    int               `json:"tries"`         // wrong PINs in a row
	Locked   bool              `json:"locked"`
	Clock    Clock             `json:"clock"`

	// What is lost when the power goes off.
	Phase    Phase     `json:"phase"`
	Function int       `json:"function"`        // index in Model.Functions
	Typed    string    `json:"typed,omitempty"` // digits so far
	First    []byte    `json:"first,omitempty"` // digest of the new PIN, while it is repeated
	PINHash  []byte    `json:"pin_hash,omitempty"`
	Unlocked bool      `json:"unlocked"`       // the right PIN was typed since power-on
	Code     string    `json:"code,omitempty"` // of an event or a challenge
	Said     Saying    `json:"said,omitempty"` // what went wrong with the last OK
	Last     time.Time `json:"last"`           // key
}

// fresh is the memory of a token from the factory.
func fresh(u Unit) State {
	return State{Counters: map[string]uint64{}, Clock: Clock{Set: u.Made}, Phase: Off}
}

// off forgets what does not survive without power.
func (s *State) off() {
	*s = State{Counters: s.Counters, PIN: s.PIN, Tries: s.Tries, Locked: s.Locked, Clock: s.Clock, Phase: Off, Last: s.Last}
}

// MarshalJSON writes the state of the token; its keys are not part of it.
func (t *Token) MarshalJSON() ([]byte, error) { return json.Marshal(t.state) }

// Restore reads back a state that MarshalJSON wrote for a token of this model.
// It refuses a state that this token cannot be in.
func (t *Token) Restore(data []byte) error {
	s := fresh(t.unit)
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("hardtoken: the state of %s cannot be read: %w", t.unit.Serial, err)
	}
	if !t.possible(s) {
		return fmt.Errorf("hardtoken: the state of %s does not belong to a %s", t.unit.Serial, t.model.Name)
	}
	if s.Counters == nil {
		s.Counters = map[string]uint64{}
	}
	t.state = s
	return nil
}

// possible reports whether a token of this model can be in a state.
func (t *Token) possible(s State) bool {
	if s.Function < 0 || s.Function >= len(t.model.Functions) || !s.Phase.known() || s.Tries < 0 {
		return false
	}
	if s.Phase == Ask && t.gens[s.Function].ocra == nil || len(s.Typed) > Width || len(s.Code) > codeWidth {
		return false
	}
	for i := range len(s.Typed) {
		if !Key(s.Typed[i]).digit() {
			return false
		}
	}
	return true
}

func (p Phase) known() bool {
	switch p {
	case Off, NewPIN, RepeatPIN, AskPIN, Ask, Show, Locked:
		return true
	}
	return false
}
