package terminal

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/countersign-auth/countersign/iso8583"
)

// Network is a hop between acquirer and issuer. It may refuse what the issuer approved, such as by its own score of fraud (DI-225) or because it found a
// limited-use parameter worn (DI-226): then it tells the issuer by a reversal, and the merchant hears a refusal. It may decide in the place of an issuer
// that does not answer, and tells it by an advice when it is back. It is safe for concurrent use.
type Network struct {
	Profile *iso8583.Profile
	Issuer  Asker
	Refuse  func(m *iso8583.Message) bool // of an approved message; nil: nothing
	StandIn func(m *iso8583.Message) bool // approves in the place of an issuer that is silent; nil: it never does

	mu      sync.Mutex
	advices []*iso8583.Message
	codes   int
	refused int
}

// Ask implements [Asker].
func (n *Network) Ask(ctx context.Context, m *iso8583.Message) (*iso8583.Message, error) {
	a, err := n.Issuer.Ask(ctx, m)
	if m.MTI.First() != iso8583.AuthorizationRequest {
		return a, err
	}
	if errors.Is(err, ErrLate) && n.StandIn != nil {
		return n.standIn(m)
	}
	if err != nil || a.Text(39) != n.Profile.Code(iso8583.Approved) || n.Refuse == nil || !n.Refuse(m) {
		return a, err
	}
	n.mu.Lock()
	n.refused = n.refused%99_999 + 1
	trace := six(900_000 + n.refused)
	n.mu.Unlock()
	back, err := n.Issuer.Ask(ctx, Reversal(m, trace))
	if err == nil && back.Text(39) != n.Profile.Code(iso8583.Approved) {
		err = fmt.Errorf("terminal: the reversal was answered by %s", back.Text(39))
	}
	if err != nil {
		return nil, err
	}
	return n.Profile.Answer(m, iso8583.Declined, 0)
}

// standIn decides, and keeps what the issuer is to be told.
func (n *Network) standIn(m *iso8583.Message) (*iso8583.Message, error) {
	result := iso8583.Declined
	if n.StandIn(m) {
		result = iso8583.Approved
	}
	a, err := n.Profile.Answer(m, result, 0)
	if err != nil {
		return nil, err
	}
	advice := &iso8583.Message{MTI: iso8583.AuthorizationAdvice}
	for i := range m.All() {
		advice.Set(i, m.Get(i))
	}
	advice.SetText(39, n.Profile.Code(result))
	n.mu.Lock()
	defer n.mu.Unlock()
	if result == iso8583.Approved {
		n.codes++
		code := fmt.Sprintf("S%05d", n.codes)
		a.SetText(38, code)
		a.Set(4, m.Get(4))
		advice.SetText(38, code)
	}
	n.advices = append(n.advices, advice)
	return a, nil
}

// Tell sends the issuer what was decided in its place; what it does not take is sent the next time. It returns how many were taken.
func (n *Network) Tell(ctx context.Context) (told int, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for len(n.advices) > 0 {
		a, err := n.Issuer.Ask(ctx, n.advices[0])
		if err == nil && a.Text(39) != n.Profile.Code(iso8583.Approved) {
			err = fmt.Errorf("terminal: the advice was answered by %s", a.Text(39))
		}
		if err != nil {
			return told, err
		}
		n.advices = n.advices[1:]
		told++
	}
	return told, nil
}
