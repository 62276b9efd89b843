package smppclient

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/smpp"
)

// Submit implements sms.Gateway. All parts of a long text are under way at once.
// If one is refused the text has failed; repeated, its parts have the same numbers,
// so that a phone that got some of them can complete the text.
func (c *Client) Submit(ctx context.Context, o sms.Outgoing) ([]string, error) {
	parts, err := c.messages(o)
	if err != nil {
		return nil, outbox.Permanent(err)
	}
	s, err := c.pick()
	if err != nil {
		return nil, err
	}
	ids, errs := make([]string, len(parts)), make([]error, len(parts))
	var wg sync.WaitGroup
	for i := range parts {
		wg.Go(func() { ids[i], errs[i] = c.part(ctx, s, &parts[i]) })
	}
	wg.Wait()
	if err := worst(errs); err != nil {
		return nil, err
	}
	references := make([]string, 0, len(ids))
	for _, id := range ids {
		if id != "" {
			references = append(references, c.IDs.FromResponse(id))
		}
	}
	return references, nil
}

// messages makes the parts of a text.
func (c *Client) messages(o sms.Outgoing) ([]smpp.Message, error) {
	life := o.Expires.Sub(c.Now())
	if life <= 0 {
		return nil, errors.New("smpp: the message has expired")
	}
	m := smpp.Message{
		Source: c.from, Dest: smpp.Address{TON: smpp.International, NPI: 1, Addr: o.To[1:]},
		Validity: smpp.Relative(life), Registered: 1,
	}
	return m.Texts(o.Body, c.Long, o.ID[len(o.ID)-1])
}

// pick chooses the session whose turn it is, unless the client pauses.
func (c *Client) pick() (*session, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if left := c.until.Sub(c.Now()); left > 0 {
		return nil, fault.Limitedf(left, "smpp.pause", "Gateway %s asked for a pause.", c.Config.Name)
	}
	if len(c.bound) == 0 {
		return nil, fault.Unavailablef(nil, "smpp.no_session", "Gateway %s has no session: %s.", c.Config.Name, c.last)
	}
	c.turn++
	return c.bound[c.turn%len(c.bound)], nil
}

// part submits one part and returns what the center calls it.
func (c *Client) part(ctx context.Context, s *session, m *smpp.Message) (string, error) {
	got, err := s.request(ctx, smpp.SubmitSM, m)
	if err != nil {
		return "", err
	}
	if got.Status == smpp.OK {
		c.stats.taken.Add(1)
		c.resume()
		id := ""
		if b, ok := got.Body.(*smpp.MessageResp); ok {
			id = b.ID
		}
		return id, nil
	}
	c.stats.refused.Add(1)
	err = fmt.Errorf("smpp: gateway %s refused a message with status %s", c.Config.Name, got.Status)
	switch {
	case got.Status.BackOff():
		c.stats.throttled.Add(1)
		return "", fault.Limitedf(c.slow(), "smpp.throttled", "Gateway %s takes no more for now.", c.Config.Name).WithCause(err)
	case got.Status.Refused():
		return "", outbox.Permanent(err)
	}
	return "", err
}

// slow begins a pause or, when the last one did not help, a longer one. Refusals
// that come together count once.
func (c *Client) slow() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.Now()
	if left := c.until.Sub(now); left > 0 {
		return left
	}
	c.pause = min(max(2*c.pause, firstPause), longestPause)
	c.until = now.Add(c.pause)
	return c.pause
}

// resume forgets the pauses, once the center takes messages again.
func (c *Client) resume() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.until.After(c.Now()) {
		c.pause = 0
	}
}

// worst is the error that decides: a permanent one, or else the first.
func worst(errs []error) (err error) {
	for _, e := range errs {
		if err == nil || outbox.IsPermanent(e) {
			err = e
		}
	}
	return err
}
