package password_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/password"
)

// TestChangesAtOnce: of many changes from one password one is made; logins meanwhile
// are right with the old one or the new one, never with both.
func TestChangesAtOnce(t *testing.T) {
	eachBank(t, "history: 2", func(t *testing.T, b *bank) {
		c := b.someone("100", horse)
		stale := b.check(c, horse)
		const n = 4 // fewer than failures that block
		done := make([]bool, n)
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				got, err := b.desk.Change(t.Context(), audit.Customer(c), phone, password.Change{Customer: c, Current: horse, New: fmt.Sprintf("%s %d", lumber, i)})
				if err != nil {
					t.Errorf("%d: %v", i, err)
				}
				done[i] = got.Done
			})
		}
		wg.Wait()
		won := 0
		for i := range n {
			if b.is(c, fmt.Sprintf("%s %d", lumber, i)) != done[i] {
				t.Errorf("change %d is done: %v, and its password is not the one that counts", i, done[i])
			}
			if done[i] {
				won++
			}
		}
		if won != 1 || b.is(c, horse) {
			t.Errorf("%d changes were made", won)
		}
		if got := b.settle(c, stale); got == authenticator.Accepted {
			t.Error("a login that checked the old one was let in after the change")
		}
	})
}

// TestActs: whatever happens in whatever order, exactly one secret is right, a secret
// that was replaced is not, and a demand lasts until the change.
func TestActs(t *testing.T) {
	eachBank(t, "history: 2", func(t *testing.T, b *bank) {
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			c := b.someone(fmt.Sprint("c", n), horse)
			known := []string{horse} // newest last; "" when cancelled
			due := false
			for range rapid.IntRange(1, 8).Draw(rt, "acts") {
				now := known[len(known)-1]
				switch rapid.SampledFrom([]string{"change", "wrong", "again", "demand", "cancel", "set"}).Draw(rt, "act") {
				case "change":
					if now == "" {
						break // wrong ones add up to a block
					}
					next := fmt.Sprintf("%s %d", violet, len(known))
					got, err := b.desk.Change(context.Background(), audit.Customer(c), phone, password.Change{Customer: c, Current: now + " ", New: next})
					if err != nil || got.Done {
						rt.Fatalf("with another one: %+v, %v", got, err)
					}
					if got := b.change(c, now, next); !got.Done {
						rt.Fatalf("%+v", got)
					}
					known, due = append(known, next), false
				case "wrong":
					if b.is(c, "nobody's password") {
						rt.Fatal("a wrong one is right")
					}
				case "again":
					if now != "" && b.change(c, now, now).Done {
						rt.Fatal("the same one was taken")
					}
				case "demand":
					err := b.desk.Demand(context.Background(), by(), c, "x")
					if (err == nil) != (now != "" && !due) {
						rt.Fatalf("due %v: %v", due, err)
					}
					due = now != ""
				case "cancel":
					b.write(func(tx *db.Tx) error {
						was, err := b.passwords.Cancel(tx, by(), c)
						if was != (now != "") {
							rt.Fatalf("cancelled: %v", was)
						}
						return err
					})
					if now != "" {
						known = append(known, "")
					}
					due = false
				case "set":
					next := fmt.Sprintf("%s %d", fresco, len(known))
					b.set(c, next)
					known, due = append(known, next), false
				}
			}
			for i, s := range known {
				if s != "" && b.is(c, s) != (i == len(known)-1) {
					rt.Fatalf("%q, of %q, is right: %v", s, known, i != len(known)-1)
				}
			}
		})
	})
}
