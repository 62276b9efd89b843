package tokenserver

import (
	"context"

	"github.com/countersign-auth/countersign/dskpp"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// Activation is a new activation code: this answer is the only one that has it.
type Activation struct {
	TokenID  string    `json:"token_id"`
	ClientID string    `json:"client_id"`
	Code     string    `json:"code"`              // to be typed; "" when it goes another way
	Link     string    `json:"link"`              // opens the application with the code in it; "" when it goes another way
	Picture  string    `json:"picture"`           // the link as a QR code: SVG; "" without a link
	Trigger  string    `json:"trigger,omitempty"` // DSKPP (RFC 6063, section 4.2.1)
	Part     int       `json:"part"`              // 1: only the first half; 0: all of it
	Valid    timestamp `json:"valid_until"`
	Download string    `json:"download"`
	Now      timestamp `json:"now"`
}

// activation writes what is shown of a new code.
func (s *Server) activation(t mobiletoken.Issued, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	h := t.Handout(s.URL)
	out := Activation{
		TokenID: t.Token.String(), ClientID: t.ClientID, Code: h.Code, Link: h.Link, Part: h.Part, Valid: timestamp(t.Expires), Download: t.Download, Now: timestamp(s.Now()),
	}
	if h.Link != "" {
		svg, err := ui.QR(h.Link, "QR")
		if err != nil {
			return nil, err
		}
		out.Picture = string(svg)
	}
	if h.Code != "" && h.Part == 0 {
		out.Trigger = string(dskpp.NewTrigger(s.Provisioning(t.Application), dskpp.Code{ClientID: t.ClientID, Password: t.Password}).Format())
	}
	return out, nil
}

// handing is how a code is to be handed over.
func handing(way string) mobiletoken.Handing { return mobiletoken.Handing{Way: policy.HandOver(way)} }

// enrollment asks for a new token.
type enrollment struct {
	Proof       string `json:"proof"`
	Application string `json:"application"`
	Name        string `json:"name"`
	HandOver    string `json:"hand_over"`
}

// enroll makes a token for another phone.
func (s *Server) enroll(c *call) (any, error) {
	in, err := decode[enrollment](c.body)
	if err != nil {
		return nil, err
	}
	o, err := s.order(c, in.Proof, false)
	if err != nil {
		return nil, err
	}
	if in.Application == "" {
		in.Application = c.holder.Application
	}
	_, out, err := s.Tokens.Enroll(c.ctx(), c.by(), mobiletoken.Enrollment{Customer: c.holder.Customer, Application: in.Application, Name: in.Name, Proof: o.Proof, Handing: handing(in.HandOver)})
	return s.activation(out, err)
}

// codeOrder asks for a new activation code.
type codeOrder struct {
	Proof    string `json:"proof"`
	HandOver string `json:"hand_over"`
}

// renew makes a new code for a token that is not active yet.
func (s *Server) renew(c *call) (any, error) { return s.code(c, s.Tokens.Renew) }

// redistribute makes a code that brings a token to another phone.
func (s *Server) redistribute(c *call) (any, error) { return s.code(c, s.Tokens.Redistribute) }

// code makes a new activation code of a token by one of two use cases.
func (s *Server) code(c *call, do func(context.Context, audit.Actor, mobiletoken.Order, mobiletoken.Handing) (mobiletoken.Issued, error)) (any, error) {
	in, err := decode[codeOrder](c.body)
	if err != nil {
		return nil, err
	}
	o, err := s.order(c, in.Proof, false)
	if err != nil {
		return nil, err
	}
	return s.activation(do(c.ctx(), c.by(), o, handing(in.HandOver)))
}

// migrationOrder asks for a token in the place of another.
type migrationOrder struct {
	Proof      string `json:"proof"`
	KeepSerial *bool  `json:"keep_serial"`
	Name       string `json:"name"`
	HandOver   string `json:"hand_over"`
}

// migrate begins the replacement of a token.
func (s *Server) migrate(c *call) (any, error) {
	in, err := decode[migrationOrder](c.body)
	if err != nil {
		return nil, err
	}
	o, err := s.order(c, in.Proof, false)
	if err != nil {
		return nil, err
	}
	_, _, out, err := s.Tokens.Migrate(c.ctx(), c.by(), mobiletoken.Migrate{Order: o, KeepSerial: in.KeepSerial, Name: in.Name, Handing: handing(in.HandOver)})
	return s.activation(out, err)
}
