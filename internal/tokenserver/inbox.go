package tokenserver

import (
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/prompt"
)

// Prompt is an approval that waits.
type Prompt struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind"`
	Content  string    `json:"content"` // JSON text: shown and signed as it is
	Created  timestamp `json:"created_at"`
	Expires  timestamp `json:"expires_at"`
	Matching bool      `json:"number_matching"`
}

// inboxAnswer is what waits.
type inboxAnswer struct {
	Prompts []Prompt  `json:"prompts"`
	Now     timestamp `json:"now"`
}

// inbox lists what waits for the customer, oldest first.
func (s *Server) inbox(c *call) (any, error) {
	all, err := s.Prompts.Inbox(c.ctx(), c.holder.Customer, c.holder.Token)
	if err != nil {
		return nil, err
	}
	out := inboxAnswer{Prompts: []Prompt{}, Now: timestamp(s.Now())}
	for _, p := range all {
		out.Prompts = append(out.Prompts, Prompt{p.ID.String(), p.Kind, p.Content, timestamp(p.Created), timestamp(p.Expires), p.Matching})
	}
	return out, nil
}

// approval is an answer to a prompt.
type approval struct {
	Answer  string `json:"answer"`
	Control string `json:"control"`
}

// promptAnswer is how a prompt stands now.
type promptAnswer struct {
	Status   string    `json:"status"`
	Accepted bool      `json:"accepted"` // this answer counted
	Now      timestamp `json:"now"`
}

func (s *Server) outcome(o prompt.Outcome, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return promptAnswer{string(o.Status), o.Accepted, timestamp(s.Now())}, nil
}

// approve takes an approval. A wrong answer is no failure: the prompt is pending as before, and
// the answer says that it was not accepted.
func (s *Server) approve(c *call) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	in, err := decode[approval](c.body)
	if err != nil {
		return nil, err
	}
	if in.Answer == "" {
		return nil, fault.Invalidf("request.required", "The member is missing.").WithField("/answer")
	}
	return s.outcome(s.Prompts.Approve(c.ctx(), c.by(), prompt.Answer{Customer: c.holder.Customer, Token: c.holder.Token, Prompt: id, Digits: in.Answer, Control: in.Control}))
}

// refusalOf is a no.
type refusalOf struct {
	Fraud bool `json:"fraud"`
}

// refuse takes a no. With fraud the customer says that it was not them who asked.
func (s *Server) refuse(c *call) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	in, err := decode[refusalOf](c.body)
	if err != nil {
		return nil, err
	}
	return s.outcome(s.Prompts.Refuse(c.ctx(), c.by(), prompt.Refusal{Customer: c.holder.Customer, Token: c.holder.Token, Prompt: id, Fraud: in.Fraud}))
}
