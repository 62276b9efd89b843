package smscenter

import (
	"context"
	"slices"
	"strings"

	"github.com/countersign-auth/countersign/smpp"
)

// phone is one number.
type phone struct {
	off     bool
	removed bool
	inbox   []SMS
	joiner  smpp.Joiner
	held    []submission // while it is off
}

// digits is the form in which numbers are compared: without the plus.
func digits(number string) string { return strings.TrimPrefix(number, "+") }

// phone is called with the lock held.
func (c *Center) phone(number string) *phone {
	p := c.phones[digits(number)]
	if p == nil {
		p = &phone{}
		c.phones[digits(number)] = p
	}
	return p
}

// ring gives a message to its phone and says what became of it: EnRoute means that the phone
// is off, or that an account is to get it, if there is one.
func (c *Center) ring(x submission) (s smpp.DeliveryState, to *account) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.phone(x.m.Dest.Addr)
	now := c.cfg.Now()
	switch a := c.routed(&x.m); {
	case p.removed:
		return smpp.Undeliverable, nil
	case x.expired(now):
		return smpp.Expired, nil
	case p.off:
		p.held = append(p.held, x)
		return smpp.EnRoute, nil
	case a != nil:
		return smpp.EnRoute, a
	}
	if text, whole := p.joiner.Add(&x.m); whole {
		s := SMS{From: x.m.Source.Addr, Text: text, At: now}
		p.inbox = append(p.inbox, s)
		c.stats.Delivered++
		if c.cfg.Heard != nil {
			c.cfg.Heard(digits(x.m.Dest.Addr), s)
		}
	}
	c.wake()
	return smpp.Delivered, nil
}

// Switch turns a phone on or off. What came meanwhile arrives when it is turned
// on, or has expired.
func (c *Center) Switch(number string, on bool) {
	c.mu.Lock()
	p := c.phone(number)
	p.off = !on
	var held []submission
	if on {
		held, p.held = p.held, nil
	}
	c.mu.Unlock()
	for _, x := range held {
		x.fate.Copies = 0
		c.arrive(x)
	}
}

// Remove makes a number one that nobody has.
func (c *Center) Remove(number string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.phone(number).removed = true
}

// Inbox returns the texts of a phone, the oldest first.
func (c *Center) Inbox(number string) []SMS {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.phone(number).inbox)
}

// Clear empties a phone.
func (c *Center) Clear(number string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.phone(number).inbox = nil
}

// Numbers returns the numbers of all phones that got something, in order, without +.
func (c *Center) Numbers() (all []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for n, p := range c.phones {
		if len(p.inbox) > 0 {
			all = append(all, n)
		}
	}
	slices.Sort(all)
	return all
}

// Wait waits until a phone has at least n texts and returns them.
func (c *Center) Wait(ctx context.Context, number string, n int) ([]SMS, error) {
	err := c.Until(ctx, func(Stats) bool { return len(c.phone(number).inbox) >= n })
	return c.Inbox(number), err
}
