package terminal_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/countersign-auth/countersign/emulator/terminal"
	"github.com/countersign-auth/countersign/iso8583"
)

// approves answers every message with an approval, and a number that came before as a duplicate.
type approves struct {
	p    *iso8583.Profile
	seen map[string]bool
}

func (a *approves) Ask(_ context.Context, m *iso8583.Message) (*iso8583.Message, error) {
	key, r := fmt.Sprint(m.MTI, m.Text(7), m.Text(11)), iso8583.Approved
	if a.seen[key] {
		r = iso8583.Duplicate
	}
	a.seen[key] = true
	return a.p.Answer(m, r, 0)
}

// Two payments of one second that the network refuses are taken back by two messages.
func TestANetworkRefusesTwice(t *testing.T) {
	t.Parallel()
	p, err := iso8583.Load("iso87-bcd")
	if err != nil {
		t.Fatal(err)
	}
	issuer := &approves{p, map[string]bool{}}
	n := &terminal.Network{Profile: p, Issuer: issuer, Refuse: func(*iso8583.Message) bool { return true }}
	for i := range 2 {
		m := &iso8583.Message{MTI: iso8583.AuthorizationRequest}
		for field, v := range map[int]string{3: "000000", 4: "000000000100", 7: "1123101530", 11: fmt.Sprintf("%06d", i), 32: "123456"} {
			m.SetText(field, v)
		}
		if a, err := n.Ask(t.Context(), m); err != nil || a.Text(39) != p.Code(iso8583.Declined) {
			t.Errorf("%d: %v, %v", i, a, err)
		}
	}
	if len(issuer.seen) != 4 {
		t.Errorf("%v", issuer.seen)
	}
}
