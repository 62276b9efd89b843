package simcard

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// TrayConfig of a tray. Now and Rand are needed.
type TrayConfig struct {
	Now  func() time.Time
	Rand io.Reader
	// File is where the cards are kept; nowhere when empty. Nobody else may write it meanwhile.
	File string
	// Send takes the answers of all cards; see Config. It may be nil until a Modem has the tray.
	Send func(Packet)
}

// Tray holds phones with cards in them, and keeps their memories in one file. It is safe for
// concurrent use.
type Tray struct {
	cfg TrayConfig

	mu       sync.Mutex
	cards    []*Card
	named    map[string]*Card           // by ICCID and by number
	memories map[string]json.RawMessage // by ICCID, as they are in the file
	send     func(Packet)
}

// ErrTwice says that a card, or a card of this number, is on the tray already.
var ErrTwice = errors.New("simcard: there is a card of this number already")

// file is the form of the file.
type file struct {
	Cards []json.RawMessage `json:"cards"`
}

// Open reads the cards of a file, which may not be there yet.
func Open(c TrayConfig) (*Tray, error) {
	t := &Tray{cfg: c, named: map[string]*Card{}, memories: map[string]json.RawMessage{}, send: c.Send}
	if c.File == "" {
		return t, nil
	}
	b, err := os.ReadFile(c.File)
	if errors.Is(err, os.ErrNotExist) {
		return t, nil
	} else if err != nil {
		return nil, err
	}
	var f file
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, fmt.Errorf("simcard: %s: %w", c.File, err)
	}
	for _, raw := range f.Cards {
		m := &Memory{}
		if err := json.Unmarshal(raw, m); err != nil {
			return nil, fmt.Errorf("simcard: %s: %w", c.File, err)
		}
		if err := t.add(m, raw); err != nil {
			return nil, fmt.Errorf("simcard: %s: %w", c.File, err)
		}
	}
	return t, nil
}

// Add puts a card on the tray and stores it.
func (t *Tray) Add(m *Memory) error {
	raw, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := t.add(m, raw); err != nil {
		return err
	}
	return t.save(m)
}

func (t *Tray) add(m *Memory, raw json.RawMessage) error {
	c, err := New(Config{Now: t.cfg.Now, Rand: t.cfg.Rand, Save: t.save, Send: t.sent}, m)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.named[m.ICCID] != nil || t.named[m.Number] != nil {
		return ErrTwice
	}
	t.cards = append(t.cards, c)
	t.named[m.ICCID] = c
	if m.Number != "" {
		t.named[m.Number] = c
	}
	t.memories[m.ICCID] = raw
	return nil
}

// sent is the Send of all cards.
func (t *Tray) sent(p Packet) {
	t.mu.Lock()
	send := t.send
	t.mu.Unlock()
	if send != nil {
		send(p)
	}
}

// Cards returns all cards in their order.
func (t *Tray) Cards() []*Card {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.cards)
}

// Card returns the card with an ICCID or a number; nil when there is none.
func (t *Tray) Card(name string) *Card {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.named[name]
}

// Move gives the number of a card to another one, which has none: its owner got a new SIM card. What the
// old one was asking is gone, as with a phone that was switched off. Errors: ErrNoCard, ErrTwice.
func (t *Tray) Move(number, iccid string) error {
	from, to := t.Card(number), t.Card(iccid)
	switch {
	case from == nil || to == nil:
		return ErrNoCard
	case to.Number() != "" || from.Number() == "":
		return ErrTwice
	}
	number = from.Number()
	if err := from.setNumber(""); err != nil {
		return err
	}
	t.mu.Lock()
	t.named[number] = to
	t.mu.Unlock()
	return to.setNumber(number)
}

// Tick ends the dialogs whose time is over.
func (t *Tray) Tick() {
	for _, c := range t.Cards() {
		c.Tick()
	}
}

// save stores one card, and with it the file.
func (t *Tray) save(m *Memory) error {
	raw, err := json.Marshal(m)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.memories[m.ICCID] = raw
	if t.cfg.File == "" {
		return nil
	}
	f := file{Cards: []json.RawMessage{}}
	for _, c := range t.cards {
		f.Cards = append(f.Cards, t.memories[c.ICCID()])
	}
	b, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		return err
	}
	return replace(t.cfg.File, append(b, '\n'))
}

// replace writes a file wholly or not at all.
func replace(name string, b []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), ".simcard-*") // which only its owner may read
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // once renamed it is not there
	if _, err = f.Write(b); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
