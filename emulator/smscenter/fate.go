package smscenter

import (
	"time"

	"github.com/countersign-auth/countersign/smpp"
)

// Fate is what happens to a message. The zero value is a good network.
type Fate struct {
	Status       smpp.Status        // refuses the message with it: smpp.Throttled, smpp.QueueFull, smpp.InvalidDest …
	Silent       bool               // takes the message but sends no response
	Disconnect   bool               // takes the message and cuts the session instead of responding
	Drop         bool               // takes the message; no phone and no receipt ever
	Delay        time.Duration      // before the phone, in real time
	Copies       int                // more copies, each with its receipt
	State        smpp.DeliveryState // other than Delivered: the phone gets nothing, the receipt says this
	Code         string             // err of the receipt; "000" when empty
	ReceiptFirst bool               // sends the receipt before the response
}

// Always sets the fate of all messages that no Next is for.
func (c *Center) Always(f Fate) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fate = f
}

// Next appends fates for the next messages, one each.
func (c *Center) Next(fates ...Fate) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.planned = append(c.planned, fates...)
}

// decide takes the fate of a message that came.
func (c *Center) decide() Fate {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Submitted++
	c.wake()
	if len(c.planned) == 0 {
		return c.fate
	}
	f := c.planned[0]
	c.planned = c.planned[1:]
	return f
}

// submission is a message that was taken.
type submission struct {
	id      uint64
	m       smpp.Message
	at      time.Time
	expires time.Time // zero for never
	fate    Fate
	account *account
}

// expired reports whether the validity period has ended.
func (x submission) expired(now time.Time) bool { return !x.expires.IsZero() && !now.Before(x.expires) }

// carry brings a message to its phone, at once or later.
func (c *Center) carry(x submission) {
	if c.cfg.Carried != nil {
		c.cfg.Carried(x.m)
	}
	switch {
	case x.fate.Drop:
	case x.fate.Delay > 0:
		c.later(x)
	default:
		c.arrive(x)
	}
}

func (c *Center) later(x submission) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timers.Add(1)
	var t *time.Timer
	t = time.AfterFunc(x.fate.Delay, func() {
		defer c.timers.Done()
		c.mu.Lock() // which later holds until t is set
		delete(c.delayed, t)
		c.mu.Unlock()
		c.arrive(x)
	})
	c.delayed[t] = true
}

// arrive is the end of a message's way: phone and receipts.
func (c *Center) arrive(x submission) {
	for range 1 + x.fate.Copies {
		state := x.fate.State
		if state == smpp.NoState {
			var to *account
			if state, to = c.ring(x); to != nil {
				c.post(to, x.parcel())
			}
		}
		if state != smpp.EnRoute {
			c.receipt(x, state)
		}
	}
}

func (c *Center) receipt(x submission, s smpp.DeliveryState) {
	asked := x.m.Registered&3 == 1 || x.m.Registered&3 == 2 && s != smpp.Delivered
	if m, ok := c.cfg.Shape.write(c.cfg.IDs, x, s, c.cfg.Now()); ok && asked {
		c.post(x.account, parcel{m: m})
	}
}
