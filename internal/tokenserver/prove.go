package tokenserver

import (
	"slices"
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/policy"
)

// proofAnswer names a proof.
type proofAnswer struct {
	Proof   string    `json:"proof"`
	Expires timestamp `json:"expires_at"`
	Now     timestamp `json:"now"`
}

// prove takes a secure code that the phone shows now, and gives a proof for it.
func (s *Server) prove(c *call) (any, error) {
	in, err := decode[struct {
		Code string `json:"code"`
	}](c.body)
	if err != nil {
		return nil, err
	}
	by, err := s.Customers.Get(c.ctx(), c.holder.Customer)
	if err != nil {
		return nil, err
	}
	code, err := s.byCode(c.holder.Application)
	if err != nil {
		return nil, err
	}
	agent := c.UserAgent()
	out, err := s.Hub.Start(c.ctx(), c.by(), hub.Start{
		CustomerNumber: by.Number, Purpose: policy.PurposeSelfService, Channel: s.Channel,
		Risk: hub.Circumstances{Address: c.source, Agent: strings.ToValidUTF8(agent[:min(len(agent), 1024)], ""), Tag: c.holder.Device.String()}, Proof: &hub.Proof{Policy: code, Code: in.Code},
	})
	if err != nil {
		return nil, err
	}
	if out.State != hub.Granted {
		return nil, fault.Deniedf("token.wrong_code", "The code did not count. Check the PIN and the clock of the phone, wait for the next code, and try once more: attempts are counted.")
	}
	p, err := s.proven(c, out.Handle)
	if err != nil {
		return nil, err
	}
	return proofAnswer{out.Handle, timestamp(p.At.Add(hub.FreshFor)), timestamp(s.Now())}, nil
}

// byCode is the policy under which a secure code of an application's token is a proof here.
func (s *Server) byCode(application string) (string, error) {
	set := s.Policies.Active()
	app, _ := set.Application(application)
	j, known := set.Journey(policy.PurposeSelfService, s.Channel)
	if known {
		for _, code := range j.Next(nil).Allowed {
			if p, known := set.Policy(code); known && p.Method == policy.MethodMobile && app.Serves(code) {
				return code, nil
			}
		}
	}
	return "", fault.Conflictf("token.no_journey", "The policies have no journey of the purpose %s on the channel %s that begins with the secure code of a mobile token, so tokens cannot be administered from phones.", policy.PurposeSelfService, s.Channel)
}

// proven returns what a proof has shown. It must be this phone that has given its code.
func (s *Server) proven(c *call, handle string) (hub.Proven, error) {
	p, err := s.Hub.Proven(c.ctx(), c.by(), handle)
	if fault.KindOf(err) == fault.Internal && err != nil || fault.KindOf(err) == fault.Unavailable {
		return p, err
	}
	if err != nil || !slices.Contains(p.Shown(), c.holder.Device) {
		return p, fault.Deniedf("token.proof", "The proof is none, or too old, or not of this phone: give a secure code at /proofs.").WithField("/proof")
	}
	return p, nil
}

// order is one act on one token, with the proof that the body names.
func (s *Server) order(c *call, proof string, warned bool) (o mobiletoken.Order, err error) {
	o = mobiletoken.Order{Customer: c.holder.Customer, Warned: warned}
	if c.PathValue("id") != "" {
		if o.Token, err = c.id(); err != nil {
			return o, err
		}
	}
	if proof == "" {
		return o, nil
	}
	p, err := s.proven(c, proof)
	if err == nil {
		o.Proof = p
	}
	return o, err
}
