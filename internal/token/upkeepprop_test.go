package token_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/token"
)

// TestUpkeepProperties is invariant 1 over random courses of logins, repeated codes,
// resynchronizations by codes and by hand, backups and restores: no counter and no
// step is accepted twice, whatever for; and no counter ever goes down.
func TestUpkeepProperties(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.policy.Failures.Max = 100
		w.policy.Resync.Counter = true
		n, failed := 0, false
		rapid.Check(t, func(r *rapid.T) {
			if n++; n > courses() && !failed {
				return
			}
			defer func() { failed = failed || r.Failed() }() // it is run again, to find a shorter course
			event, timed := fmt.Sprint("PE", n), fmt.Sprint("PT", n)
			x := &upkeeping{w: w, event: event, timed: timed, counters: map[uint64]bool{}, steps: map[int64]bool{}, reached: map[string]int64{}}
			x.owner = map[string]ident.ID{event: w.lasting(event, "HOTP"), timed: w.lasting(timed, "TOTP")}
			r.Repeat(map[string]func(*rapid.T){
				"press and log in": x.login, "log in by time": x.loginTimed, "repeat a code": x.replay, "repeat a timed code": x.replayTimed,
				"resynchronize": x.resync, "resynchronize by time": x.resyncTimed, "resynchronize with old codes": x.resyncOld,
				"read the counter": x.read, "read the clock": x.readClock, "back up": x.backup, "restore": x.restore, "": x.check,
			})
		})
	})
}

// upkeeping is a course: two tokens, what was accepted of them, and a backup.
type upkeeping struct {
	w            *world
	event, timed string
	owner        map[string]ident.ID
	at           uint64          // the event token's next counter
	drift        int64           // of the timed token, in steps
	counters     map[uint64]bool // accepted, for a login or a resynchronization
	steps        map[int64]bool
	reached      map[string]int64 // lowest counter or step that may be next, by serial
	kept         bool
	keptAt       uint64
	keptKey      token.Key // the event token's, in the backup
}

const propStep = 30 * time.Second

func (x *upkeeping) now() int64 { return x.w.clock.Now().Unix()/30 + x.drift }

func timedCode(serial string, step int64) string { return totp10(serial, time.Unix(step*30, 0)) }

func (x *upkeeping) spend(r *rapid.T, c uint64) {
	if x.counters[c] {
		r.Fatalf("the counter %d was accepted twice", c)
	}
	x.counters[c] = true
}

func (x *upkeeping) spendStep(r *rapid.T, s int64) {
	if x.steps[s] {
		r.Fatalf("the step %d was accepted twice", s)
	}
	x.steps[s] = true
}

func (x *upkeeping) login(r *rapid.T) {
	x.at += uint64(rapid.IntRange(0, 6).Draw(r, "skipped"))
	if x.w.verify(x.owner[x.event], hotp10(x.event, x.at)) == authenticator.Accepted {
		x.spend(r, x.at)
	}
	x.at++
}

func (x *upkeeping) loginTimed(r *rapid.T) {
	x.w.clock.Advance(time.Duration(rapid.IntRange(0, 3).Draw(r, "steps")) * propStep)
	x.drift += int64(rapid.IntRange(-1, 1).Draw(r, "gain"))
	if x.w.verify(x.owner[x.timed], timedCode(x.timed, x.now())) == authenticator.Accepted {
		x.spendStep(r, x.now())
	}
}

func (x *upkeeping) replay(r *rapid.T) {
	for c := range x.counters {
		if x.w.verify(x.owner[x.event], hotp10(x.event, c)) == authenticator.Accepted {
			r.Fatalf("the code of %d was accepted again", c)
		}
	}
}

func (x *upkeeping) replayTimed(r *rapid.T) {
	for s := range x.steps {
		if x.w.verify(x.owner[x.timed], timedCode(x.timed, s)) == authenticator.Accepted {
			r.Fatalf("the code of the step %d was accepted again", s)
		}
	}
}

func (x *upkeeping) resync(r *rapid.T) {
	x.at += uint64(rapid.SampledFrom([]int{0, 1, 20, 300, 1200}).Draw(r, "skipped"))
	n := rapid.IntRange(2, 3).Draw(r, "codes")
	if x.w.resync(x.event, hotps10(x.event, x.at, n)...) {
		for i := range uint64(n) {
			x.spend(r, x.at+i)
		}
	}
	x.at += uint64(n)
}

func (x *upkeeping) resyncTimed(r *rapid.T) {
	x.drift += int64(rapid.IntRange(-12, 12).Draw(r, "gain"))
	x.w.clock.Advance(2 * propStep)
	at := x.now()
	if x.w.resync(x.timed, timedCode(x.timed, at-1), timedCode(x.timed, at)) {
		x.spendStep(r, at-1)
		x.spendStep(r, at)
	}
}

// resyncOld shows any two codes in a row that the token has shown before, accepted
// or not; what is accepted is new.
func (x *upkeeping) resyncOld(r *rapid.T) {
	if x.at < 2 {
		return
	}
	from := uint64(rapid.IntRange(int(max(x.at, 60))-60, int(x.at)-2).Draw(r, "from"))
	if x.w.resync(x.event, hotps10(x.event, from, 2)...) {
		x.spend(r, from)
		x.spend(r, from+1)
	}
}

func (x *upkeeping) read(r *rapid.T) {
	before := x.w.item(x.event).Keys[0].Next
	to := int64(x.at) + int64(rapid.IntRange(-5, 1200).Draw(r, "off"))
	_, err := x.w.reads(x.event, &to, time.Time{})
	if after := x.w.item(x.event).Keys[0]; err == nil && (after.Next != to || after.Proven) || err != nil && after.Next != before || (to < before) && err == nil {
		r.Fatalf("the counter %d read as %d is %+v, %v", before, to, after, err)
	}
}

func (x *upkeeping) readClock(r *rapid.T) {
	off := time.Duration(rapid.IntRange(-30, 30).Draw(r, "steps")) * propStep
	_, err := x.w.reads(x.timed, nil, x.w.clock.Now().Add(off))
	if max(off, -off) > time.Duration(x.w.policy.Time.MaxDrift)*propStep != (err != nil) {
		r.Fatalf("a clock off by %s: %v", off, err)
	}
}

func (x *upkeeping) backup(*rapid.T) {
	x.w.keep()
	x.kept, x.keptAt, x.keptKey = true, x.at, x.w.item(x.event).Keys[0]
}

// restore goes back to the backup; the operator knows how many codes were shown
// since, within bounds, and of a token that was out of step in the backup how many
// it was ahead.
func (x *upkeeping) restore(r *rapid.T) {
	if !x.kept {
		return
	}
	window := x.w.policy.Events.Window
	if !x.keptKey.Proven {
		window = x.w.policy.Events.FirstUse
	}
	ahead := max(int64(x.keptAt)-x.keptKey.Next-int64(window), 0)
	since := int(x.at-x.keptAt) + int(ahead)
	x.w.restoreOf(since+rapid.IntRange(0, 5).Draw(r, "more"), x.event, x.timed)
	delete(x.reached, x.event)
	delete(x.reached, x.timed)
}

// check is what always holds: the next value is above all that was accepted, and
// no lower than it was.
func (x *upkeeping) check(r *rapid.T) {
	x.w.loosen()
	x.w.sql("DELETE FROM token_attempt")
	for _, serial := range []string{x.event, x.timed} {
		k := x.w.item(serial).Keys[0]
		if k.Next < x.reached[serial] {
			r.Fatalf("%s went from %d down to %d", serial, x.reached[serial], k.Next)
		}
		x.reached[serial] = k.Next
	}
	for c := range x.counters {
		if next := x.reached[x.event]; int64(c) >= next {
			r.Fatalf("the counter %d was accepted, and %d is next", c, next)
		}
	}
	for s := range x.steps {
		if next := x.reached[x.timed]; s >= next {
			r.Fatalf("the step %d was accepted, and %d is next", s, next)
		}
	}
}

// restoreOf is restore with the failure counters left to the course.
func (w *world) restoreOf(spent int, serials ...string) {
	w.t.Helper()
	w.write(func(tx *db.Tx) error {
		for _, serial := range serials {
			if _, err := tx.Exec(`DELETE FROM token_restored WHERE device IN (SELECT id FROM device WHERE serial = $1)`, serial); err != nil {
				return err
			}
		}
		return nil
	})
	w.restore(spent)
}
