package mobiletoken_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
)

// living is a customer who does anything with their tokens, in any order, and everything
// that is needed to know what must come of it.
type living struct {
	w        *world
	c        ident.ID
	codes    []string // ClientIDs that were issued
	phones   []holder // that have got a key
	redeemed map[string]bool
	spent    map[string]bool     // secure codes that were accepted
	newest   map[ident.ID][]byte // the key that was given last for a token
	proven   map[ident.ID][]byte // the key that was proven last
}

// holder is a phone with the key of a token.
type holder struct {
	phone

	token ident.ID
}

// TestProperties: random sequences of acts leave every invariant of the package comment.
func TestProperties(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n := 0
		rapid.Check(t, func(r *rapid.T) {
			n++
			x := &living{w: w, c: w.customer(fmt.Sprintf("P%05d", n)), redeemed: map[string]bool{}, spent: map[string]bool{}, newest: map[ident.ID][]byte{}, proven: map[ident.ID][]byte{}}
			t, p := w.active(x.c, "bank")
			x.phones, x.newest[t.ID], x.proven[t.ID] = []holder{{p, t.ID}}, p.key, p.key
			x.spent[w.code(p)] = true
			r.Repeat(map[string]func(*rapid.T){
				"enroll": func(r *rapid.T) {
					_, out, err := w.desk.Enroll(w.Context(), system, mobiletoken.Enrollment{Customer: x.c, Application: "bank"})
					x.issued(r, out, err)
				},
				"renew": func(r *rapid.T) {
					out, err := w.desk.Renew(w.Context(), system, order(x.pick(r)), mobiletoken.Handing{})
					x.issued(r, out, err)
				},
				"redistribute": func(r *rapid.T) {
					out, err := w.desk.Redistribute(w.Context(), system, order(x.pick(r)), mobiletoken.Handing{})
					x.issued(r, out, err)
				},
				"migrate": func(r *rapid.T) {
					keep := rapid.Bool().Draw(r, "keep the serial number")
					_, _, out, err := w.desk.Migrate(w.Context(), system, mobiletoken.Migrate{Order: order(x.pick(r)), KeepSerial: &keep})
					x.issued(r, out, err)
				},
				"abandon": func(r *rapid.T) { x.fine(r, w.desk.Abandon(w.Context(), system, order(x.pick(r)))) },
				"cancel":  func(r *rapid.T) { _, err := w.desk.Cancel(w.Context(), system, order(x.pick(r))); x.fine(r, err) },
				"enable":  func(r *rapid.T) { _, err := w.desk.Enable(w.Context(), system, order(x.pick(r))); x.fine(r, err) },
				"archive": func(r *rapid.T) { _, err := w.desk.Archive(w.Context(), system, order(x.pick(r))); x.fine(r, err) },
				"block": func(r *rapid.T) {
					by := rapid.SampledFrom([]audit.Actor{system, audit.Customer(x.c)}).Draw(r, "by")
					_, err := w.desk.Block(w.Context(), by, order(x.pick(r)), time.Time{})
					x.fine(r, err)
				},
				"redeem":   x.redeem,
				"redeem 2": x.redeem,
				"confirm":  x.confirm,
				"finish":   func(r *rapid.T) { x.redeem(r); x.confirm(r) },
				"go on":    func(r *rapid.T) { x.redeem(r); x.confirm(r) },
				"login":    x.login,
				"wait": func(r *rapid.T) {
					w.clock.Advance(time.Duration(rapid.SampledFrom([]int{30, 30, 30, 60, 60, 7200, 200_000, 1_300_000}).Draw(r, "seconds")) * time.Second)
					if _, err := w.desk.Sweep(w.Context(), 100); err != nil {
						r.Fatal(err)
					}
				},
				"": x.check,
			})
		})
	})
}

// pick draws one of the customer's tokens; one that does not exist when there is none.
func (x *living) pick(r *rapid.T) mobiletoken.Token {
	all := x.tokens(r)
	if len(all) == 0 {
		return mobiletoken.Token{Customer: x.c, ID: ident.Derive("nothing")}
	}
	return all[rapid.IntRange(0, len(all)-1).Draw(r, "token")]
}

func (x *living) tokens(r *rapid.T) (all []mobiletoken.Token) {
	if err := x.w.d.Read(x.w.Context(), func(tx *db.Tx) (err error) { all, err = mobiletoken.Of(tx, x.c); return err }); err != nil {
		r.Fatal(err)
	}
	return all
}

// fine takes what is done, and what is refused because of how things stand.
func (x *living) fine(r *rapid.T, err error) {
	if k := fault.KindOf(err); err != nil && k != fault.Conflict && k != fault.NotFound {
		r.Fatal(err)
	}
}

func (x *living) issued(r *rapid.T, out mobiletoken.Issued, err error) {
	if x.fine(r, err); err == nil {
		x.codes = append(x.codes, out.ClientID)
	}
}

// late draws an index below n, and more often than not the last one: else hardly anything
// would ever be finished.
func late(r *rapid.T, n int) int {
	if rapid.IntRange(0, 3).Draw(r, "the last one") > 0 {
		return n - 1
	}
	return rapid.IntRange(0, n-1).Draw(r, "which")
}

// redeem gives a code, old or new, to a phone.
func (x *living) redeem(r *rapid.T) {
	if len(x.codes) == 0 {
		return
	}
	id := x.codes[late(r, len(x.codes))]
	p, t, done, err := x.w.tryRedeem(x.w.Context(), id)
	if err != nil {
		r.Fatal(err)
	}
	if done && x.redeemed[id] {
		r.Fatalf("the code %s was used twice", id)
	}
	if done {
		x.redeemed[id] = true
		x.phones = append(x.phones, holder{p, t.ID})
		x.newest[t.ID] = p.key
	}
}

// confirm gives the code that some phone shows as the first one of its token.
func (x *living) confirm(r *rapid.T) {
	if len(x.phones) == 0 {
		return
	}
	p := x.phones[late(r, len(x.phones))]
	out, err := x.w.desk.Confirm(x.w.Context(), system, x.c, p.token, x.w.code(p.phone))
	if x.fine(r, err); err == nil && out.Reason == mobiletoken.Accepted && !out.Repeated {
		x.spent[x.w.code(p.phone)] = true
		if !bytes.Equal(x.newest[p.token], p.key) {
			r.Fatal("a key that was replaced before it was proven is in use")
		}
		x.proven[p.token] = p.key
	}
}

// login gives the code of some phone. It is right only if the phone has the key in use of
// an active token, and no code twice.
func (x *living) login(r *rapid.T) {
	if len(x.phones) == 0 {
		return
	}
	p := rapid.SampledFrom(x.phones).Draw(r, "phone")
	code := x.w.code(p.phone)
	why, err := x.w.login(x.w.Context(), x.w.desk, x.c, code)
	if err != nil {
		r.Fatal(err)
	}
	if why != authenticator.Accepted {
		return
	}
	if x.spent[code] {
		r.Fatal("a secure code was accepted twice")
	}
	x.spent[code] = true
	all := x.tokens(r)
	i := slices.IndexFunc(all, func(t mobiletoken.Token) bool { return t.ID == p.token })
	if all[i].Status != mobiletoken.Active {
		r.Fatalf("a phone whose token is %s logged in", all[i].Status)
	}
	if !bytes.Equal(x.proven[p.token], p.key) {
		r.Fatal("a phone logged in whose key is not the one in use")
	}
}

// check looks at every invariant.
func (x *living) check(r *rapid.T) {
	w, holding, active := x.w, 0, 0
	serials := map[string]bool{}
	for _, t := range x.tokens(r) {
		live := w.count("mobile_key WHERE customer = $1 AND token = $2 AND state = 'live'", x.c, t.ID)
		off := w.count("mobile_key WHERE customer = $1 AND token = $2 AND state = 'off'", x.c, t.ID)
		pending := w.count("mobile_key WHERE customer = $1 AND token = $2 AND state = 'pending'", x.c, t.ID)
		devices := w.count("device d WHERE d.id = $1 AND d.status = $2", t.Device, deviceOf(t.Status))
		wantLive, wantOff := 0, 0
		switch t.Status {
		case mobiletoken.Active:
			wantLive = 2
			active++
		case mobiletoken.Blocked:
			wantOff = 2
		default:
		}
		if live != wantLive || off != wantOff || devices != 1 || pending != 0 && pending != 2 {
			r.Fatalf("a token that is %s has %d live keys, %d off, %d pending, %d such devices", t.Status, live, off, pending, devices)
		}
		if t.Status == mobiletoken.Provisioning != (pending == 2 && live+off == 0) {
			r.Fatalf("a token that is %s has %d pending keys", t.Status, pending)
		}
		if t.Status == mobiletoken.Archived {
			continue
		}
		if serials[t.Serial] {
			r.Fatal("two tokens with one serial number")
		}
		serials[t.Serial] = true
		holding++
	}
	open := w.count("mobile_migration WHERE customer = $1 AND status = 'open'", x.c)
	if holding-open > 3 || active > 3 {
		r.Fatalf("%d tokens, %d of them active; three are allowed", holding-open, active)
	}
	if taken := w.count("mobile_holder WHERE customer = $1 AND tokens = $2", x.c, holding-open); holding > 0 && taken != 1 {
		r.Fatalf("the count of places is not %d", holding-open)
	}
	x.checkMigrations(r)
	if n := w.count("device WHERE customer = $1 AND status = 'active'", x.c); n != active {
		r.Fatalf("%d active devices, %d active tokens", n, active)
	}
	if n := w.count("mobile_code WHERE customer = $1 AND status <> 'valid' AND password IS NOT NULL", x.c); n != 0 {
		r.Fatal("a password is left")
	}
}

// checkMigrations: of an open one the old token is active and the new one is not; of one
// that is done the other way round, as far as nobody did anything to the new one since.
func (x *living) checkMigrations(r *rapid.T) {
	const join = "mobile_migration m JOIN mobile_token o ON o.customer = m.customer AND o.id = m.old_token JOIN mobile_token n ON n.customer = m.customer AND n.id = m.new_token WHERE m.customer = $1 AND "
	for _, bad := range []string{
		"m.status = 'open' AND (o.status <> 'active' OR n.status NOT IN ('created', 'code_issued', 'provisioning'))",
		"m.status = 'done' AND (o.status <> 'archived' OR n.status NOT IN ('active', 'blocked', 'archived'))",
		"m.status = 'done' AND m.keep_serial = 1 AND o.serial <> n.serial",
		"m.status = 'abandoned' AND n.status <> 'archived'",
	} {
		if x.w.count(join+bad, x.c) != 0 {
			r.Fatalf("a migration: %s", bad)
		}
	}
}

func deviceOf(s mobiletoken.Status) string {
	switch s {
	case mobiletoken.Active:
		return "active"
	case mobiletoken.Blocked:
		return "suspended"
	case mobiletoken.Archived:
		return "retired"
	default:
		return "assigned"
	}
}
