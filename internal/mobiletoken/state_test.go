package mobiletoken_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
)

// documented is the table of states in the package comment: by act and state.
func documented(t *testing.T) map[mobiletoken.Act]map[mobiletoken.Status]mobiletoken.Status {
	t.Helper()
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	table := map[mobiletoken.Act]map[mobiletoken.Status]mobiletoken.Status{}
	var head []string
	for line := range strings.Lines(string(text)) {
		cells := strings.Fields(strings.TrimPrefix(line, "//"))
		switch {
		case strings.Contains(line, "act \\ from"):
			head = cells[3:]
		case head != nil && len(cells) == len(head)+1:
			row := map[mobiletoken.Status]mobiletoken.Status{}
			for i, to := range cells[1:] {
				if to = strings.TrimRight(to, "*"); to != "–" {
					row[mobiletoken.Status(head[i])] = mobiletoken.Status(to)
				}
			}
			table[mobiletoken.Act(cells[0])] = row
		case head != nil:
			return table
		}
	}
	return table
}

// bring makes a token in a state, as it is before an act that can be tried: with a code
// or a pending key where the act is about one.
func (w *world) bring(number string, to mobiletoken.Status, act mobiletoken.Act) (t mobiletoken.Token, clientID string, p phone) {
	w.Helper()
	c := w.customer(number)
	t, out := w.enroll(c, "bank")
	do := func(err error) {
		w.Helper()
		if err != nil {
			w.Fatal(err)
		}
	}
	clientID = out.ClientID
	switch to {
	case mobiletoken.Created:
		_, err := w.desk.Cancel(w.Context(), system, order(t))
		do(err)
		return w.get(t), clientID, p
	case mobiletoken.CodeIssued:
		return w.get(t), clientID, p
	default:
	}
	p, _, _ = w.redeem(clientID)
	if to == mobiletoken.Provisioning {
		return w.get(t), clientID, p
	}
	w.confirm(t, p, mobiletoken.Accepted)
	switch to {
	case mobiletoken.Blocked:
		_, err := w.desk.Block(w.Context(), system, order(t), time.Time{})
		do(err)
	case mobiletoken.Archived:
		_, err := w.desk.Archive(w.Context(), system, order(t))
		do(err)
		return w.get(t), clientID, p
	default:
	}
	if act == mobiletoken.Redeem || act == mobiletoken.Activate || act == mobiletoken.Withdraw {
		out, err := w.desk.Redistribute(w.Context(), system, order(t), mobiletoken.Handing{})
		do(err)
		clientID = out.ClientID
	}
	if act == mobiletoken.Activate {
		p, _, _ = w.redeem(clientID)
	}
	return w.get(t), clientID, p
}

// try carries an act out; it reports whether it happened.
func (w *world) try(act mobiletoken.Act, t mobiletoken.Token, clientID string, p phone) (bool, error) {
	ctx, o := w.Context(), order(t)
	var err error
	switch act {
	case mobiletoken.Issue:
		if t.Status == mobiletoken.Active || t.Status == mobiletoken.Blocked {
			_, err = w.desk.Redistribute(ctx, system, o, mobiletoken.Handing{})
		} else {
			_, err = w.desk.Renew(ctx, system, o, mobiletoken.Handing{})
		}
	case mobiletoken.Redeem:
		_, _, done := w.redeem(clientID)
		return done, nil
	case mobiletoken.Activate:
		if p.key == nil {
			p = phone{key: make([]byte, 20), app: w.set.Applications[0]}
		}
		out, err := w.desk.Confirm(ctx, system, t.Customer, t.ID, w.code(p))
		return out.Reason == mobiletoken.Accepted && !out.Repeated, err
	case mobiletoken.Withdraw:
		_, err = w.desk.Cancel(ctx, system, o)
	case mobiletoken.Block:
		o.Reason = "stronger"
		if t.Status == mobiletoken.Blocked { // by the owner first: staff's is the stronger one
			_, err = w.desk.Enable(ctx, system, o)
			if err == nil {
				_, err = w.desk.Block(ctx, auditOf(t), o, time.Time{})
			}
		}
		if err == nil {
			_, err = w.desk.Block(ctx, system, o, time.Time{})
		}
	case mobiletoken.Enable:
		_, err = w.desk.Enable(ctx, system, o)
	case mobiletoken.Archive:
		_, err = w.desk.Archive(ctx, system, o)
	}
	return err == nil, err
}

// TestStateTable tries every act in every state, by the use cases, and compares with the
// table of the package comment and with the one in the code. What is not in it changes
// nothing.
func TestStateTable(t *testing.T) {
	table := documented(t)
	if len(table) != len(mobiletoken.Acts()) {
		t.Fatalf("the package comment has %d acts; the code %d", len(table), len(mobiletoken.Acts()))
	}
	each(t, func(t *testing.T, w *world) {
		n := 0
		for _, act := range mobiletoken.Acts() {
			for _, from := range mobiletoken.Statuses() {
				n++
				to, allowed := table[act][from]
				if got, ok := act.To(from); ok != allowed || ok && got != to {
					t.Errorf("%s from %s: the code says %s, %t; the comment %s, %t", act, from, got, ok, to, allowed)
				}
				x, clientID, p := w.bring("C"+string(rune('A'+n/26))+string(rune('A'+n%26))+"1", from, act)
				if x.Status != from {
					t.Fatalf("%s is not reached: %s", from, x.Status)
				}
				done, err := w.try(act, x, clientID, p)
				if err != nil && fault.KindOf(err) != fault.Conflict {
					t.Fatalf("%s from %s: %v", act, from, err)
				}
				after := w.get(x)
				switch {
				case done != allowed:
					t.Errorf("%s from %s: %t, %v", act, from, done, err)
				case allowed && after.Status != to:
					t.Errorf("%s from %s leads to %s", act, from, after.Status)
				case !allowed && after.Status != from:
					t.Errorf("%s from %s is refused and leads to %s", act, from, after.Status)
				case act == mobiletoken.Archive && allowed && after.Before != from:
					t.Errorf("archived from %s, it says %s", from, after.Before)
				}
			}
		}
	})
}
