package foureyes_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// The people of the tests.
var (
	ann = audit.Staff(ident.Derive("ann"), "ann")
	bob = audit.Staff(ident.Derive("bob"), "bob")
	cyd = audit.Staff(ident.Derive("cyd"), "cyd")
	cli = audit.System("cli")
)

// world is a desk at which a bulk act is short, a rotation long, and an import
// wants its file.
type world struct {
	*testing.T
	*foureyes.Desk
	clock *dbtest.Clock

	mu     sync.Mutex
	barred map[string]bool // who may do nothing, by actor
}

func each(t *testing.T, f func(w *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) { f(newWorld(t, d, clock)) })
}

func newWorld(t *testing.T, d *db.DB, clock *dbtest.Clock) *world {
	t.Helper()
	book, err := policy.Open(t.Context(), d, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, clock: clock, barred: map[string]bool{}}
	w.Desk = &foureyes.Desk{
		DB: d, Policies: book, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler), Permit: w.permit,
		Executors: map[policy.Act]foureyes.Executor{
			policy.ActPolicy: foureyes.PolicyExecutor(),
			policy.ActBulk:   {Within: deed},
			policy.ActRotation: {Run: func(ctx context.Context, by audit.Actor, w foureyes.Warrant) error {
				return d.Write(ctx, func(tx *db.Tx) error { return deed(tx, by, w) })
			}},
		},
	}
	w.sql("CREATE TABLE deed (proposal TEXT NOT NULL, act TEXT NOT NULL, payload TEXT NOT NULL)")
	return w
}

// deed is an act that leaves a trace, and then fails if the payload says so.
func deed(tx *db.Tx, _ audit.Actor, w foureyes.Warrant) error {
	_, err := tx.Exec("INSERT INTO deed (proposal, act, payload) VALUES ($1, $2, $3)", w.ID().String(), string(w.Act()), string(w.Payload()))
	switch p := string(w.Payload()); {
	case err != nil:
		return err
	case !w.Covers(w.Act(), []byte(p)):
		return fault.New(fault.Internal, "test.warrant", "The warrant does not cover its own payload.")
	case strings.Contains(p, "assigned"):
		return fault.Conflictf("test.assigned", "The token is assigned meanwhile.")
	case strings.Contains(p, "away"):
		return fault.Unavailablef(nil, "test.away", "Something is away.")
	}
	return nil
}

func (w *world) permit(_ *db.Tx, who audit.Actor, _ policy.Act, part foureyes.Part) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.barred[who.String()] {
		return fault.Deniedf("test.denied", "%s may not %s.", who.Name, part)
	}
	return nil
}

func (w *world) bar(who audit.Actor, barred bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.barred[who.String()] = barred
}

func (w *world) sql(text string, args ...any) {
	w.Helper()
	if err := w.try(text, args...); err != nil {
		w.Fatal(err)
	}
}

func (w *world) try(text string, args ...any) error {
	return w.DB.Write(w.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(text, args...)
		return err
	})
}

// deeds counts the traces of a proposal's act; the zero id for all.
func (w *world) deeds(id ident.ID) (n int) {
	w.Helper()
	err := w.DB.Read(w.Context(), func(tx *db.Tx) error {
		return tx.Row("SELECT COUNT(*) FROM deed WHERE proposal = $1 OR $1 = ''", id.String()).Scan(&n)
	})
	if err != nil {
		w.Fatal(err)
	}
	return n
}

// history lists the audit records of a proposal, sorted: kind and actor of each.
func (w *world) history(p foureyes.Proposal) (all []string) {
	w.Helper()
	err := w.DB.Read(w.Context(), func(tx *db.Tx) error {
		return tx.Each("SELECT kind, actor, details FROM journal WHERE object = $1", []any{foureyes.Object(p.ID)}, func(r db.Row) error {
			var kind, actor string
			var details []byte
			err := r.Scan(&kind, &actor, &details)
			if !strings.Contains(string(details), `"payload_sha256":"`+p.Digest.String()+`"`) {
				w.Errorf("the record of %s lacks the digest: %s", kind, details)
			}
			who, _ := audit.ParseActor(actor)
			for _, x := range []audit.Actor{ann, bob, cyd} {
				if x.ID == who.ID {
					who.Name = x.Name
				}
			}
			all = append(all, strings.TrimPrefix(kind, "proposal.")+" "+who.Name)
			return err
		})
	})
	if err != nil {
		w.Fatal(err)
	}
	slices.Sort(all)
	return all
}

func (w *world) propose(by audit.Actor, act policy.Act, payload string) foureyes.Proposal {
	w.Helper()
	p, err := w.Propose(w.Context(), by, foureyes.New{Act: act, Payload: []byte(payload), Reason: "because"})
	if err != nil {
		w.Fatal(err)
	}
	return p
}

func (w *world) approve(by audit.Actor, p foureyes.Proposal) error {
	_, err := w.Approve(w.Context(), by, p.ID, p.Digest, "")
	return err
}

func (w *world) state(p foureyes.Proposal) foureyes.State {
	w.Helper()
	return w.get(p).State
}

func (w *world) get(p foureyes.Proposal) foureyes.Proposal {
	w.Helper()
	p, err := w.Get(w.Context(), p.ID)
	if err != nil {
		w.Fatal(err)
	}
	return p
}

// is fails the test unless err is a fault with the code.
func (w *world) is(err error, code string) {
	w.Helper()
	if code == "" && err != nil || code != "" && !fault.Is(err, code) {
		w.Errorf("got %v, want %q", err, code)
	}
}

// document is a set with acts under four eyes; mark makes it another one.
func document(t testing.TB, mark int, acts ...policy.Act) []byte {
	t.Helper()
	s := policy.Version0()
	s.FourEyes.Acts = acts
	doc, err := s.Format()
	if err != nil {
		t.Fatal(err)
	}
	return append(doc, fmt.Sprintf("# %d\n", mark)...)
}

// force puts a document in force without asking anybody.
func (w *world) force(doc []byte) int64 {
	w.Helper()
	var v policy.Version
	err := w.DB.Write(w.Context(), func(tx *db.Tx) (err error) {
		from, err := policy.InForce(tx)
		if err == nil {
			v, err = policy.StoreIn(tx, cli, doc)
		}
		if err == nil {
			err = policy.ActivateIn(tx, cli, from, v.Number, "")
		}
		return err
	})
	if err == nil {
		err = w.Policies.Reload(w.Context())
	}
	if err != nil {
		w.Fatal(err)
	}
	return v.Number
}
