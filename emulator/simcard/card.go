package simcard

import (
	"io"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/ota/applet"
	"github.com/countersign-auth/countersign/smpp"
)

// Config of a card. All fields are needed.
type Config struct {
	Now  func() time.Time
	Rand io.Reader
	// Save stores the memory before anything is answered or shown. If it fails the card is silent.
	Save func(*Memory) error
	// Send takes an answer to be sent. It must not wait for anything, nor call the card.
	Send func(Packet)
}

// Packet is a secured packet of the card on its way.
type Packet struct {
	ICCID  string
	From   string       // number of the card
	To     smpp.Address // who sent the command
	Octets []byte       // user data with its header, of any length: see ota.Segments
}

// Message is a text that a server had shown and that stays on the phone.
type Message struct {
	Service string    `json:"service"`
	Text    string    `json:"text"`
	At      time.Time `json:"at"`
}

// Card is a card in a phone. It is safe for concurrent use.
type Card struct {
	cfg Config

	mu       sync.Mutex
	m        *Memory
	d        *dialog
	notice   string // what the last dialog ended with, until somebody looked away
	language string // of the notice
	messages []Message
	serial   int // of the screen: rises whenever another one is shown
}

// maxMessages stay on the phone.
const maxMessages = 20

// New puts a card with this memory into a phone and switches it on.
func New(c Config, m *Memory) (*Card, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	own, err := m.clone()
	if err != nil {
		return nil, err
	}
	return &Card{cfg: c, m: own}, nil
}

// ICCID is the number that is printed on the card.
func (c *Card) ICCID() string { return c.m.ICCID } // never changes

// Number is the card's telephone number; it may be empty.
func (c *Card) Number() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.m.Number
}

// setNumber puts the card to another number, or to none, which ends what it was asking.
func (c *Card) setNumber(n string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.m.Number, c.d, c.notice = n, nil, ""
	c.serial++
	return c.cfg.Save(c.m)
}

// Label says whose the card is.
func (c *Card) Label() string { return c.m.Label } // never changes

// Messages are the texts that stay on the phone, the oldest first.
func (c *Card) Messages() []Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Message{}, c.messages...)
}

// Tick ends a dialog whose time is over. Every other method does that as well.
func (c *Card) Tick() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.expire()
}

// Status is what the card says of itself to a server.
func (c *Card) Status() applet.Card {
	c.mu.Lock()
	defer c.mu.Unlock()
	return *c.status()
}

// appletVersion is that of the application that this package emulates.
const appletVersion = 1

func (c *Card) status() *applet.Card {
	s := &applet.Card{Applet: appletVersion, Algorithms: []applet.Algorithm{applet.ECDSAP256, applet.RSA2048}}
	for i, x := range c.m.Slots {
		s.Keys[i] = applet.Key{Algorithm: x.Algorithm, Tries: x.Tries, PUKTries: c.m.PUK.Tries}
	}
	return s
}

// save stores the memory; false when it could not be.
func (c *Card) save() bool { return c.cfg.Save(c.m) == nil }

// expire answers a dialog whose time is over.
func (c *Card) expire() {
	if c.d != nil && !c.cfg.Now().Before(c.d.deadline) {
		c.end(applet.Answer{Result: applet.TimedOut, Tries: -1}, wordTimedOut)
	}
}

// keep puts a message with those that stay.
func (c *Card) keep(cmd *applet.Command) {
	text := cmd.Text
	if cmd.Event != "" {
		text = cmd.Event + "\n" + text
	}
	c.messages = append(c.messages, Message{cmd.Service, text, c.cfg.Now()})
	if len(c.messages) > maxMessages {
		c.messages = c.messages[1:]
	}
}
