package push_test

import (
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/push"
)

// Health follows what came of the pushes, step by step.
func TestHealth(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.bind(maria, phone, w.subscription("https://push.example/1"))
		target := w.target(maria, phone)
		for i, step := range []struct {
			act    func(*db.Tx) error
			state  push.State
			reason push.Reason
			works  bool
		}{
			{func(*db.Tx) error { return nil }, push.Fresh, "", true},
			{func(tx *db.Tx) error { return push.Taken(tx, target) }, push.Reached, "", true},
			{func(tx *db.Tx) error { return push.Failed(tx, target, push.Busy) }, push.Failing, push.Busy, false},
			{func(tx *db.Tx) error { return push.Failed(tx, target, push.Unavailable) }, push.Failing, push.Unavailable, false},
			{func(tx *db.Tx) error { return push.Taken(tx, target) }, push.Reached, "", true},
			{func(tx *db.Tx) error { return push.Gone(tx, target) }, push.Over, push.Ended, false},
			{func(tx *db.Tx) error { return push.Taken(tx, target) }, push.Over, push.Ended, false},
			{func(tx *db.Tx) error { return push.Failed(tx, target, push.Busy) }, push.Over, push.Ended, false},
		} {
			w.clock.Advance(time.Minute)
			w.write(step.act)
			all, err := w.desk.Health(t.Context(), maria)
			w.must(err)
			h := all[phone]
			if h.State != step.state || h.Reason != step.reason || h.Works() != step.works || h.Service != "push.example" {
				t.Errorf("step %d: %+v", i, h)
			}
		}
		if _, found, err := w.desk.Target(t.Context(), maria, phone); found || err != nil || w.count("push_binding WHERE subscription IS NOT NULL") != 0 {
			t.Errorf("what is gone is kept: %v, %v", found, err)
		}
		if w.records(push.AuditGone) != 1 {
			t.Error("it went more than once")
		}
	})
}

// What comes of a push to a former endpoint says nothing of the present one.
func TestOutcomesOfAFormerEndpoint(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.bind(maria, phone, w.subscription("https://push.example/1"))
		former := w.target(maria, phone)
		w.bind(maria, phone, w.subscription("https://push.example/2"))
		for _, act := range []func(*db.Tx) error{
			func(tx *db.Tx) error { return push.Taken(tx, former) },
			func(tx *db.Tx) error { return push.Failed(tx, former, push.Busy) },
			func(tx *db.Tx) error { return push.Gone(tx, former) },
		} {
			w.write(act)
			if got := w.state(maria, phone); got != push.Fresh {
				t.Errorf("it is %s", got)
			}
		}
	})
}

// A phone whose subscription is gone comes back with another, or with the same.
func TestABindingThatWasGoneComesBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := w.subscription("https://push.example/1")
		w.bind(maria, phone, s)
		w.write(func(tx *db.Tx) error { return push.Gone(tx, w.target(maria, phone)) })
		w.bind(maria, phone, s)
		if w.state(maria, phone) != push.Fresh || w.target(maria, phone).Endpoint != s.Endpoint {
			t.Errorf("it is %s", w.state(maria, phone))
		}
	})
}
