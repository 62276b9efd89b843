package mobileid

// State is a mobile ID's place in its life.
type State string

// States of a mobile ID; the transitions are in the package comment.
const (
	StateOrdered    State = "ordered"    // the card is told to make the authentication key
	StateAsked      State = "asked"      // the card has it, and the person chooses a PIN
	StateGenerating State = "generating" // that key is here; the signing key is being made
	StateCertifying State = "certifying" // both keys are here; certificates are awaited
	StateActive     State = "active"     // usable, once a hold is over
	StateSuspended  State = "suspended"  // by its owner, by staff, or because another card took the number
	StateRefused    State = "refused"    // the person does not want it
	StateFailed     State = "failed"     // the registration did not succeed; it can be ordered anew
	StateRevoked    State = "revoked"    // for good; the certificates are revoked
)

// States lists all states of a mobile ID.
func States() []State {
	return []State{StateOrdered, StateAsked, StateGenerating, StateCertifying, StateActive, StateSuspended, StateRefused, StateFailed, StateRevoked}
}

// Registering reports whether a registration is under way.
func (s State) Registering() bool {
	return s == StateOrdered || s == StateAsked || s == StateGenerating || s == StateCertifying
}

// Act is something that happens to a mobile ID.
type Act string

// The acts.
const (
	Reach      Act = "reach"      // the card has the command
	Make       Act = "make"       // the authentication key is here
	Complete   Act = "complete"   // the signing key is here, too
	Activate   Act = "activate"   // the certificates are here
	Refuse     Act = "refuse"     // by the person
	Fail       Act = "fail"       // the registration did not succeed
	Suspend    Act = "suspend"    //
	Resume     Act = "resume"     //
	Revoke     Act = "revoke"     //
	Reregister Act = "reregister" // new keys, on another card or on the same
)

// Acts lists all acts.
func Acts() []Act {
	return []Act{Reach, Make, Complete, Activate, Refuse, Fail, Suspend, Resume, Revoke, Reregister}
}

// To returns the state that the act leads to; false when it is not possible. It is the
// table of the package comment.
func (a Act) To(from State) (State, bool) {
	switch a {
	case Reach:
		return StateAsked, from == StateOrdered
	case Make:
		return StateGenerating, from == StateOrdered || from == StateAsked
	case Complete:
		return StateCertifying, from == StateGenerating
	case Activate:
		return StateActive, from == StateCertifying
	case Refuse:
		return StateRefused, from.Registering() && from != StateCertifying
	case Fail:
		return StateFailed, from.Registering()
	case Suspend:
		return StateSuspended, from == StateActive
	case Resume:
		return StateActive, from == StateSuspended
	case Revoke:
		return StateRevoked, from != StateRevoked
	case Reregister:
		return StateOrdered, from != StateRevoked && !from.Registering()
	}
	return "", false
}
