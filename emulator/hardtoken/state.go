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
	Entry     Phase = "entry"
	Show      Phase = "show"
	ShowInfo  Phase = "info"
	Locked    Phase = "locked"
	Unlock    Phase = "unlock"
	Ready     Phase = "ready"
)

// Phases lists all phases.
func Phases() []Phase {
	return []Phase{Off, NewPIN, RepeatPIN, AskPIN, Ask, Entry, Show, ShowInfo, Locked, Unlock, Ready}
}

// Unit is one token as it leaves the factory.
type Unit struct {
	Serial  string            `json:"serial"`
	Made    time.Time         `json:"made"`    // its clock was set then
	Expires time.Time         `json:"expires"` // the battery is spent then
	Secrets map[string][]byte `json:"secrets"` // by name of the function, and UnlockSecret
}

// State is the memory of a token: all of it can be written as JSON and read
// back, also while somebody is typing.
type State struct {
	Counters map[string]uint64 `json:"counters"`      // next event of each function
	PIN      []byte            `json:"pin,omitempty"` // a keyed digest; empty: none chosen yet
	Tries    int               `json:"tries"`         // wrong PINs in a row
	Locked   bool              `json:"locked"`
	Clock    Clock             `json:"clock"`

	Challenges uint64 `json:"challenges,omitempty"`  // drawn so far; the last one is shown while locked
	WrongCodes int    `json:"wrong_codes,omitempty"` // unlock codes, of that challenge

	// What is lost when the power goes off.
	Phase    Phase     `json:"phase"`
	Function int       `json:"function"`           // index in Model.Functions
	Typed    string    `json:"typed,omitempty"`    // digits so far
	Entries  []string  `json:"entries,omitempty"`  // data to be signed, taken so far
	Page     int       `json:"page,omitempty"`     // of what Info shows
	Renewing bool      `json:"renewing,omitempty"` // the new PIN follows an unlock code
	First    []byte    `json:"first,omitempty"`    // digest of the new PIN, while it is repeated
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
	*s = State{
		Counters: s.Counters, PIN: s.PIN, Tries: s.Tries, Locked: s.Locked, Clock: s.Clock, Phase: Off, Last: s.Last,
		Challenges: s.Challenges, WrongCodes: s.WrongCodes,
	}
}

// begin forgets what was being typed and shown.
func (s *State) begin() {
	s.Typed, s.Entries, s.Code, s.Said, s.First, s.PINHash, s.Page = "", nil, "", SayNothing, nil, nil, 0
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
	if s.Function < 0 || s.Function >= len(t.model.Functions) || s.Tries < 0 || s.WrongCodes < 0 || s.WrongCodes >= maxCodes {
		return false
	}
	if len(s.Code) > codeWidth || !digitsOnly(s.Typed) || s.Page < 0 || s.Page >= len(t.pages()) {
		return false
	}
	return t.inPhase(s) && t.typable(s)
}

// inPhase reports whether the phase of a state exists here.
func (t *Token) inPhase(s State) bool {
	g, f := t.gens[s.Function], t.model.Functions[s.Function]
	switch s.Phase {
	case Off, NewPIN, RepeatPIN, AskPIN, Show, ShowInfo, Locked, Ready:
		return true
	case Ask:
		return g.ocra != nil && !f.Entries
	case Entry:
		return f.Entries
	case Unlock:
		return s.Locked && t.unlock != nil
	}
	return false
}

// typable reports whether what was typed could have been typed.
func (t *Token) typable(s State) bool {
	if s.Phase != Entry {
		return len(s.Typed) <= Width && len(s.Entries) == 0
	}
	if len(s.Entries) == 0 && s.Typed == "" {
		return true
	}
	for _, e := range s.Entries {
		if !digitsOnly(e) {
			return false
		}
	}
	all := s.Entries
	if s.Typed != "" {
		all = append(all[:len(all):len(all)], s.Typed)
	} else if len(all) == maxEntries {
		return false // it signs at once
	}
	_, ok := question(all, t.gens[s.Function].ocra.Suite().QuestionMax)
	return ok
}

func digitsOnly(s string) bool {
	for i := range len(s) {
		if !Key(s[i]).digit() {
			return false
		}
	}
	return true
}
