package tokenserver

import (
	"time"

	"github.com/countersign-auth/countersign/internal/mobiletoken"
)

// warned says that the owner knows what an act takes from them.
type warned struct {
	Warned bool `json:"warned"`
}

// proofOnly is an act that needs a proof.
type proofOnly struct {
	Proof string `json:"proof"`
}

// proofWarned is one that may take the last token.
type proofWarned struct {
	Proof  string `json:"proof"`
	Warned bool   `json:"warned"`
}

// naming is a new name.
type naming struct {
	Name string `json:"name"`
}

// rename gives a token a name.
func (s *Server) rename(c *call) (any, error) {
	in, err := decode[naming](c.body)
	if err != nil {
		return nil, err
	}
	o, err := s.order(c, "", false)
	if err != nil {
		return nil, err
	}
	return s.changed(c, o, func() (mobiletoken.Token, error) { return s.Tokens.Rename(c.ctx(), c.by(), o, in.Name) })
}

// block takes a token out of use at once; it needs no proof.
func (s *Server) block(c *call) (any, error) {
	in, err := decode[warned](c.body)
	if err != nil {
		return nil, err
	}
	o, err := s.order(c, "", in.Warned)
	if err != nil {
		return nil, err
	}
	return s.changed(c, o, func() (mobiletoken.Token, error) {
		return s.Tokens.Block(c.ctx(), c.by(), o, time.Time{})
	})
}

// enable sets another token going again.
func (s *Server) enable(c *call) (any, error) {
	return s.withProof(c, func(o mobiletoken.Order) (mobiletoken.Token, error) { return s.Tokens.Enable(c.ctx(), c.by(), o) })
}

// archive ends a token for good.
func (s *Server) archive(c *call) (any, error) {
	in, err := decode[proofWarned](c.body)
	if err != nil {
		return nil, err
	}
	o, err := s.order(c, in.Proof, in.Warned)
	if err != nil {
		return nil, err
	}
	return s.changed(c, o, func() (mobiletoken.Token, error) { return s.Tokens.Archive(c.ctx(), c.by(), o) })
}

// extend gives the activation code of a token another life.
func (s *Server) extend(c *call) (any, error) {
	return s.withProof(c, func(o mobiletoken.Order) (mobiletoken.Token, error) {
		_, err := s.Tokens.Extend(c.ctx(), c.by(), o)
		return mobiletoken.Token{}, err
	})
}

// cancel takes an activation code back.
func (s *Server) cancel(c *call) (any, error) {
	return s.withProof(c, func(o mobiletoken.Order) (mobiletoken.Token, error) { return s.Tokens.Cancel(c.ctx(), c.by(), o) })
}

// abandon ends an open migration.
func (s *Server) abandon(c *call) (any, error) {
	return s.withProof(c, func(o mobiletoken.Order) (mobiletoken.Token, error) {
		return mobiletoken.Token{}, s.Tokens.Abandon(c.ctx(), c.by(), o)
	})
}

// comparison is what a new phone shows.
type comparison struct {
	Proof      string `json:"proof"`
	Comparison string `json:"comparison"`
}

// compare takes the comparison code of a new phone, which the owner reads off it.
func (s *Server) compare(c *call) (any, error) {
	in, err := decode[comparison](c.body)
	if err != nil {
		return nil, err
	}
	o, err := s.order(c, in.Proof, false)
	if err != nil {
		return nil, err
	}
	why, err := s.Tokens.Compare(c.ctx(), c.by(), o, in.Comparison)
	if err == nil && why != mobiletoken.Accepted {
		err = notConfirmed(why)
	}
	return s.changed(c, o, func() (mobiletoken.Token, error) { return mobiletoken.Token{}, err })
}

// withProof carries an act out whose body has a proof and nothing else.
func (s *Server) withProof(c *call, do func(mobiletoken.Order) (mobiletoken.Token, error)) (any, error) {
	in, err := decode[proofOnly](c.body)
	if err != nil {
		return nil, err
	}
	o, err := s.order(c, in.Proof, false)
	if err != nil {
		return nil, err
	}
	return s.changed(c, o, func() (mobiletoken.Token, error) { return do(o) })
}

// changed carries an act out and answers with the token as it is then.
func (s *Server) changed(c *call, o mobiletoken.Order, do func() (mobiletoken.Token, error)) (any, error) {
	if _, err := do(); err != nil {
		return nil, err
	}
	it, err := s.Tokens.Get(c.ctx(), o.Customer, o.Token)
	if err != nil {
		return nil, err
	}
	return tokenAnswer{s.token(it, c.holder.Token), timestamp(s.Now())}, nil
}
