package smscenter_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/emulator/smscenter"
	"github.com/countersign-auth/countersign/smpp"
)

// packet is a message for the SIM of the number.
func packet(body string) *smpp.Message {
	m := text(body)
	m.Source, m.ProtocolID, m.Coding, m.ESMClass, m.Validity = smpp.Address{Addr: "1961"}, 0x7F, 0xF6, 0x43, smpp.Relative(time.Hour)
	m.Short = append([]byte{2, 0x70, 0}, body...)
	return m
}

// handed reads a message that is handed on and acknowledges it.
func (p *peer) handed(s smpp.Status) *smpp.Message {
	p.t.Helper()
	x := p.get(smpp.DeliverSM, smpp.OK)
	m, _ := x.Body.(*smpp.Message)
	if _, receipt := m.Receipt(); receipt {
		p.t.Fatalf("%+v is a receipt", m)
	}
	p.put(x.Reply(s, &smpp.MessageResp{}))
	return m
}

func (p *peer) submit(m *smpp.Message) {
	p.t.Helper()
	p.send(smpp.SubmitSM, m)
	p.get(smpp.SubmitSMResp, smpp.OK)
}

// TestASIM: what is for the SIM goes to its account, and back; texts stay on the phone.
func TestASIM(t *testing.T) {
	t.Parallel()
	center, connect := start(t, smscenter.Config{})
	center.SIM("+"+number, "sims")
	center.Route("1961", "bank")
	bank, sims := connect(), connect()
	bank.bind(smpp.BindTransceiver, "bank", "", smpp.OK)
	sims.bind(smpp.BindTransceiver, "sims", "", smpp.OK)
	bank.submit(packet("secured"))
	want := smpp.Message{
		Source: smpp.Address{Addr: "1961"}, Dest: smpp.Address{TON: smpp.International, NPI: 1, Addr: number}, ESMClass: smpp.ESMHeader, ProtocolID: 0x7F, Coding: 0xF6,
		Short: []byte("\x02\x70\x00secured"),
	}
	if diff := cmp.Diff(&want, sims.handed(smpp.OK)); diff != "" {
		t.Error(diff)
	}
	if r := bank.receipt(smpp.OK); r.State != smpp.Delivered {
		t.Errorf("%+v", r)
	}
	answer := &smpp.Message{Source: smpp.Address{TON: smpp.International, NPI: 1, Addr: number}, Dest: smpp.Address{Addr: "1961"}, Coding: 0xF6, Short: []byte("\x02\x71\x00answer")}
	sims.submit(answer)
	if got := bank.handed(smpp.OK); string(got.Short) != string(answer.Short) || got.Source.Addr != number {
		t.Errorf("%+v", got)
	}
	bank.submit(text("hello"))
	if r := bank.receipt(smpp.OK); r.State != smpp.Delivered || len(center.Inbox(number)) != 1 {
		t.Errorf("%+v, %d texts", r, len(center.Inbox(number)))
	}
	center.SIM(number, "")
	bank.submit(packet("secured"))
	if r := bank.receipt(smpp.OK); r.State != smpp.Delivered {
		t.Errorf("%+v", r)
	}
	if s := center.Stats(); s.Handed != 2 {
		t.Errorf("%+v", s)
	}
}

// TestASIMThatIsAway: a message waits for the account, and expires.
func TestASIMThatIsAway(t *testing.T) {
	t.Parallel()
	clock := &struct {
		sync.Mutex

		now time.Time
	}{now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
	var air []string
	center, connect := startAt(t, smscenter.Config{
		Now: func() time.Time { clock.Lock(); defer clock.Unlock(); return clock.now }, Carried: func(m smpp.Message) { air = append(air, string(m.Short[3:])) },
	})
	center.SIM(number, "sims")
	bank := connect()
	bank.bind(smpp.BindTransceiver, "bank", "", smpp.OK)
	bank.submit(packet("late"))
	clock.Lock()
	clock.now = clock.now.Add(30 * time.Minute)
	clock.Unlock()
	bank.submit(packet("in time"))
	clock.Lock()
	clock.now = clock.now.Add(30 * time.Minute)
	clock.Unlock()
	sims := connect()
	sims.bind(smpp.BindTransceiver, "sims", "", smpp.OK)
	if r := bank.receipt(smpp.OK); r.State != smpp.Expired {
		t.Errorf("%+v", r)
	}
	if m := sims.handed(smpp.TemporaryFailure); string(m.Short[3:]) != "in time" {
		t.Errorf("%q", m.Short)
	}
	sims.send(smpp.Unbind, nil)
	sims.get(smpp.UnbindResp, smpp.OK)
	again := connect()
	again.bind(smpp.BindTransceiver, "sims", "", smpp.OK)
	again.handed(smpp.PermanentFailure)
	if r := bank.receipt(smpp.OK); r.State != smpp.Undeliverable {
		t.Errorf("%+v", r)
	}
	if diff := cmp.Diff([]string{"late", "in time"}, air); diff != "" {
		t.Error(diff)
	}
}

// TestASIMOfAPhoneThatIsOff: it gets what came meanwhile, as texts do, and doubles.
func TestASIMOfAPhoneThatIsOff(t *testing.T) {
	t.Parallel()
	center, connect := start(t, smscenter.Config{})
	center.SIM(number, "sims")
	bank, sims := connect(), connect()
	bank.bind(smpp.BindTransceiver, "bank", "", smpp.OK)
	sims.bind(smpp.BindTransceiver, "sims", "", smpp.OK)
	center.Switch(number, false)
	bank.submit(packet("one"))
	center.Switch(number, true)
	sims.handed(smpp.OK)
	center.Next(smscenter.Fate{Copies: 1})
	bank.receipt(smpp.OK)
	bank.submit(packet("two"))
	sims.handed(smpp.OK)
	sims.handed(smpp.OK)
	center.Remove(number)
	bank.receipt(smpp.OK)
	bank.receipt(smpp.OK)
	bank.submit(packet("three"))
	if r := bank.receipt(smpp.OK); r.State != smpp.Undeliverable {
		t.Errorf("%+v", r)
	}
}
