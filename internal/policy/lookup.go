package policy

// Purposes that the program itself knows; a bank may name others, each with a
// journey of its own. See PurposePayment too.
const (
	// PurposeLogin is what customers show to get in.
	PurposeLogin = "login"
	// PurposeSelfService is what customers who are in show before an act on their
	// own tokens that a stolen session must not allow.
	PurposeSelfService = "self-service"
)

// Policy returns the policy with the given code.
func (s *Set) Policy(code string) (Policy, bool) {
	for _, p := range s.Policies {
		if p.Code == code {
			return p, true
		}
	}
	return Policy{}, false
}

// Registrable reports whether there are activation codes for the policy: signatures
// come along with a token that signs, and methods that only follow a password with it.
func (p Policy) Registrable() bool {
	return p.Method == MethodToken && p.Use == UseCode || p.Method == MethodPassword
}

// Passwords returns the policies of the method password.
func (s *Set) Passwords() (all []Policy) {
	for _, p := range s.Policies {
		if p.Method == MethodPassword {
			all = append(all, p)
		}
	}
	return all
}

// Journey returns what purpose asks for on channel. A document that has nothing
// about self-service, as those have that are older than it, asks there for what it
// asks for at the login on that channel.
func (s *Set) Journey(purpose, channel string) (Journey, bool) {
	for _, j := range s.Journeys {
		if j.Purpose == purpose && j.Channel == channel {
			return j, true
		}
	}
	if purpose == PurposeSelfService {
		j, known := s.Journey(PurposeLogin, channel)
		j.Purpose = purpose
		return j, known
	}
	return Journey{}, false
}

// Model returns the model with the given code.
func (s *Set) Model(code string) (Model, bool) {
	for _, m := range s.Models {
		if m.Code == code {
			return m, true
		}
	}
	return Model{}, false
}

// Match returns the first model that fits what an import file says of a token.
func (s *Set) Match(manufacturer, model string) (Model, bool) {
	for _, m := range s.Models {
		if (m.Manufacturer == "" || m.Manufacturer == manufacturer) && (m.Model == "" || m.Model == model) {
			return m, true
		}
	}
	return Model{}, false
}

// Serves reports whether tokens of the model may be used under the policy.
func (x Model) Serves(policy string) bool {
	for _, p := range x.Policies {
		if p == policy {
			return true
		}
	}
	return false
}
