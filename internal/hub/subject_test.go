package hub_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/token"
)

// subject is the customer of one row.
type subject struct {
	*world
	number string
	id     ident.ID
}

// subject makes a customer with a token, one failure and one open challenge.
func (w *world) subject(number string) *subject {
	w.t.Helper()
	s := &subject{world: w, number: number, id: w.customer(number, "PLAIN", "TYPED").ID}
	w.write(func(tx *db.Tx) error {
		all, err := device.BySerial(tx, "TYPED"+number)
		if err != nil {
			return err
		}
		k, _, err := token.CodeKey(tx, all[0].ID)
		if err != nil {
			return err
		}
		_, err = w.tokens.SetPIN(tx, &k, pin)
		return err
	})
	s.fail(1)
	if _, err := w.hub.Challenge(context.Background(), by(), w.begun(hub.Start{CustomerNumber: number}).Handle, ""); err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (s *subject) past() time.Time { return s.clock.Now().Add(-time.Microsecond) }

// fail submits n wrong codes.
func (s *subject) fail(n int) {
	s.t.Helper()
	for range n {
		s.failed(func() (hub.Outcome, error) {
			return s.start(hub.Start{CustomerNumber: s.number, Proof: &hub.Proof{Code: wrong("PLAIN" + s.number)}})
		})
	}
}

func (s *subject) failed(prove func() (hub.Outcome, error)) {
	s.t.Helper()
	if o := s.must(prove()); o.Accepted {
		s.t.Fatalf("a wrong code was accepted: %+v", o)
	}
}

func (s *subject) accepted(prove func() (hub.Outcome, error)) {
	s.t.Helper()
	if o := s.must(prove()); !o.Accepted {
		s.t.Fatalf("a right code was refused: %+v", o)
	}
}

// surely is the warrant of somebody who has identified the customer.
type surely struct{}

func (surely) Check(*db.Tx, ident.ID, audit.Actor) error { return nil }
func (surely) Note() (key, value string)                 { return "identification", "test" }

// resync gives codes to the help desk; the outcome says how it went.
func (s *subject) resync(codes ...string) func() (hub.Outcome, error) {
	return func() (o hub.Outcome, err error) {
		t := token.Target{Customer: s.id}
		s.write(func(tx *db.Tx) error {
			all, err := device.BySerial(tx, "PLAIN"+s.number)
			if err == nil {
				t.Device = all[0].ID
			}
			return err
		})
		got, err := token.NewUpkeep(s.tokens, s.policies.Active).Resync(context.Background(), by(), surely{}, token.Resync{Target: t, Codes: codes})
		if o.Accepted = got.Outcome == token.Synchronized; !o.Accepted {
			o.Reason = authenticator.Reason(got.Outcome)
		}
		return o, err
	}
}

// ask opens a challenge.
func (s *subject) ask() {
	s.t.Helper()
	if _, err := s.hub.Challenge(context.Background(), by(), s.begun(hub.Start{CustomerNumber: s.number}).Handle, ""); err != nil {
		s.t.Fatal(err)
	}
}

// scene is what a proof may change.
type scene struct {
	authenticator authenticator.Authenticator
	held          bool  // the customer has the policy
	next          int64 // counters of the customer's tokens, added up
	tokens        int
	records       []string
}

func (s *subject) look() (x scene) {
	s.t.Helper()
	err := s.d.Read(context.Background(), func(tx *db.Tx) (err error) {
		x = scene{}
		if x.authenticator, x.held, err = authenticator.Get(tx, s.id, "secure-code"); err != nil {
			return err
		}
		if err = tx.Row("SELECT COUNT(*), COALESCE(SUM(k.next_value), 0) FROM token_key k JOIN device d ON d.id = k.device WHERE d.customer = $1", s.id).Scan(&x.tokens, &x.next); err != nil {
			return err
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return x
}

// since lists the audit records from a moment on, with their reasons.
func (s *subject) since(moment time.Time) (all []string) {
	s.t.Helper()
	err := s.d.Read(context.Background(), func(tx *db.Tx) error {
		all = nil
		return tx.Each("SELECT kind, details FROM journal WHERE at >= $1 ORDER BY at, boot, slot, seq", []any{moment}, func(r db.Row) error {
			var kind string
			var raw []byte
			var details struct{ Reason string }
			if err := r.Scan(&kind, &raw); err != nil {
				return err
			}
			if err := json.Unmarshal(raw, &details); err != nil {
				return err
			}
			_, what, _ := strings.Cut(kind, ".")
			all = append(all, strings.TrimSpace(what+" "+details.Reason))
			return nil
		})
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

// cells renders what changed, column by column.
func (s *subject) cells(before, after scene, out hub.Outcome, err error) []string {
	a, b := before.authenticator, after.authenticator
	cells := []string{"", "", "", "", ""}
	if after.held {
		cells = []string{
			moved(a.Failures.Count, b.Failures.Count), moved(a.Open, b.Open), moved(int(a.Successes), int(b.Successes)), moved(int(a.Mistakes), int(b.Mistakes)), s.lock(b),
		}
	}
	spent := map[bool]string{true: "kept", false: "spent"}[before.next == after.next]
	if after.tokens == 0 {
		spent = ""
	}
	answer, bank := "refused", ""
	switch {
	case err != nil:
		answer = fault.From(err).Code
	case out.Accepted:
		answer = "accepted"
	default:
		bank = fmt.Sprintf("%s, %d, %s", out.Reason, out.Outlook.Left, map[bool]string{true: "permanent", false: "cool_down"}[out.Outlook.Permanent])
	}
	return append(cells, spent, strings.Join(after.records, ", "), answer, bank)
}

func moved(before, after int) string {
	switch after {
	case before:
		return "="
	case before + 1:
		return "+1"
	}
	return strconv.Itoa(after)
}

func (s *subject) lock(a authenticator.Authenticator) string {
	switch {
	case a.Failures.Held():
		return "permanent"
	case a.Failures.Blocked(s.clock.Now()):
		return "cool-down"
	}
	return "open"
}
