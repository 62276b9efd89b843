package tokenserver

import (
	"encoding/json"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/policy"
)

// timeAnswer is the server's time.
type timeAnswer struct {
	Now timestamp `json:"now"`
}

// time tells the time, for phones whose clock is wrong.
func (s *Server) time(*call) (any, error) { return timeAnswer{timestamp(s.Now())}, nil }

// Application is what a token must know of its application.
type Application struct {
	Code      string          `json:"code"`
	Name      string          `json:"name"`
	Bank      string          `json:"bank"`
	PIN       PINLength       `json:"pin"`
	DSKPP     string          `json:"dskpp_url"`
	Download  string          `json:"download"`
	SignSuite string          `json:"sign_suite"`   // of the key that signs; "" for none
	PushKey   string          `json:"push_key"`     // VAPID; "" when pushes are off
	Pictures  json.RawMessage `json:"picture_keys"` // JWK set
	Matching  bool            `json:"number_matching"`
	Compare   bool            `json:"comparison"` // a new phone shows a comparison code
	Now       timestamp       `json:"now"`
}

// PINLength is how many digits a PIN has.
type PINLength struct {
	Min int `json:"min"`
	Max int `json:"max"`
}

// application describes one application of the bank.
func (s *Server) application(c *call) (any, error) {
	set := s.Policies.Active()
	a, known := set.Application(c.PathValue("code"))
	if !known {
		return nil, fault.NotFoundf("token.application", "There is no application of this code.")
	}
	out := Application{
		Code: a.Code, Name: a.Name, Bank: a.Name, PIN: PINLength{a.PIN.Min, a.PIN.Max}, DSKPP: s.Provisioning(a.Code), Download: a.Download,
		SignSuite: a.Keys.Sign, Compare: a.Activation.Compare, Now: timestamp(s.Now()),
	}
	if p, known := approves(set, a); known {
		out.Bank, out.Matching = p.Approval.Bank, set.Matching(a)
	}
	var err error
	if out.Pictures, err = s.PictureKeys(c.ctx()); err != nil {
		return nil, err
	}
	if s.Pushes != nil {
		out.PushKey, err = s.Pushes.PublicKey(c.ctx())
	}
	return out, err
}

// approves returns the policy under which tokens of an application approve.
func approves(set *policy.Set, a policy.Application) (policy.Policy, bool) {
	for _, m := range []policy.Method{policy.MethodApproval, policy.MethodPicture} {
		for _, code := range a.Policies {
			if p, known := set.Policy(code); known && p.Method == m {
				return p, true
			}
		}
	}
	return policy.Policy{}, false
}
