package wallet

import (
	"context"
	"errors"
	"slices"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/emulator/companion"
	"github.com/countersign-auth/countersign/envelope/report"
)

// Thing is a secondary device. Without a Device of its own it speaks to the primary alone.
type Thing struct {
	Device *companion.Device // nil: it does not speak to the server
	Kind   string            // of its identifier
	Value  string
	Number int
	Plain  bool // its link is encrypted anyway: answers travel as they are
	Memory ThingMemory
}

// ThingMemory is all that survives a restart: keep it as JSON.
type ThingMemory struct {
	Kept []Kept `json:"kept"`
}

// Kept is what a secondary keeps for a token.
type Kept struct {
	Token  []byte              `json:"token"`
	Name   string              `json:"name"` // kind of the identifier that it gives
	Secret []byte              `json:"secret,omitempty"`
	Shares map[string][]byte   `json:"shares,omitempty"` // by index
	Parts  []report.SealedPart `json:"parts,omitempty"`

	Primary *report.LinkKey `json:"primary,omitempty"` // by which the primary's messages are verified
}

func (s *Thing) kept(token []byte) *Kept {
	for i := range s.Memory.Kept {
		if string(s.Memory.Kept[i].Token) == string(token) {
			return &s.Memory.Kept[i]
		}
	}
	return nil
}

// Deliver keeps a part of a token, or forgets the token.
func (s *Thing) Deliver(l report.Letter) error {
	if l.Kind == report.LetterEnd {
		s.Memory.Kept = slices.DeleteFunc(s.Memory.Kept, func(k Kept) bool { return string(k.Token) == string(l.Token) })
		return nil
	}
	if l.Kind != report.LetterPart {
		return nil
	}
	k := s.kept(l.Token)
	if k == nil {
		s.Memory.Kept = append(s.Memory.Kept, Kept{Token: l.Token, Name: l.Name, Shares: map[string][]byte{}})
		k = &s.Memory.Kept[len(s.Memory.Kept)-1]
	}
	if l.Secret != nil {
		k.Secret = l.Secret
	}
	if l.Primary != nil {
		k.Primary = l.Primary
	}
	if l.Share != nil {
		k.Shares[l.Index] = l.Share
	}
	for _, p := range l.Parts {
		k.Parts = slices.DeleteFunc(k.Parts, func(x report.SealedPart) bool { return x.What == p.What && x.Part == p.Part })
		k.Parts = append(k.Parts, p)
	}
	return nil
}

// Data gives what opens credentials: the identifier, and what is kept for the token. A primary that signs must do so: see [Thing.Signed].
func (s *Thing) Data(token []byte) (report.DeviceData, error) {
	if s.signs(token) {
		return report.DeviceData{}, ErrForged
	}
	return s.data(token)
}

// signs tells whether the primary of a token signs its messages.
func (s *Thing) signs(token []byte) bool {
	k := s.kept(token)
	return k != nil && k.Primary != nil
}

func (s *Thing) data(token []byte) (report.DeviceData, error) {
	d := report.DeviceData{Number: s.Number, Kind: s.Kind, Value: []byte(s.Value)}
	if k := s.kept(token); k != nil {
		d.Secret, d.Parts = k.Secret, k.Parts
		if k.Name == "requestor" && s.Device != nil {
			id := s.Device.ID()
			d.Kind, d.Value = k.Name, id[:]
		}
	}
	return d, nil
}

// Answer makes the second intermediate cryptogram. A primary that signs must do so: see [Thing.Signed].
func (s *Thing) Answer(token []byte, index string, first []byte) ([]byte, error) {
	if s.signs(token) {
		return nil, ErrForged
	}
	return s.answer(token, index, first)
}

func (s *Thing) answer(token []byte, index string, first []byte) ([]byte, error) {
	k := s.kept(token)
	if k == nil || k.Shares[index] == nil {
		return nil, errors.New("wallet: the other device has no part of this key yet")
	}
	share, err := cryptogram.ParseShare(k.Shares[index])
	if err != nil {
		return nil, err
	}
	variant := cryptogram.Protected
	if s.Plain {
		variant = cryptogram.Plain
	}
	second, err := cryptogram.NewSecondary(share, variant)
	if err != nil {
		return nil, err
	}
	return second.Answer(first)
}

// Fetch gets the letters of a device that speaks to the server itself.
func (s *Thing) Fetch(ctx context.Context) ([]report.Letter, error) {
	if s.Device == nil {
		return nil, nil
	}
	return fetch(ctx, s.Device, s.Deliver)
}
