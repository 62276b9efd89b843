package token_test

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/pskc"
)

// office is a desk at which imports are under four eyes.
type office struct {
	*world
	*foureyes.Desk
}

var (
	ann = audit.Staff(ident.Derive("ann"), "ann")
	bob = audit.Staff(ident.Derive("bob"), "bob")
)

func newOffice(t *testing.T, w *world) *office {
	t.Helper()
	w.set.FourEyes.Acts = []policy.Act{policy.ActImport}
	return &office{w, w.twoPeople()}
}

// twoPeople is a desk at which everybody may take every part.
func (w *world) twoPeople() *foureyes.Desk {
	w.t.Helper()
	book, err := policy.Open(w.t.Context(), w.d, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &foureyes.Desk{
		DB: w.d, Policies: book, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler),
		Permit:    func(*db.Tx, audit.Actor, policy.Act, foureyes.Part) error { return nil },
		Executors: map[policy.Act]foureyes.Executor{policy.ActBulk: w.care().Executor()},
	}
}

func (o *office) plan(in token.Import) token.ImportPlan {
	o.t.Helper()
	p, err := o.tokens.Plan(o.t.Context(), in)
	if err != nil {
		o.t.Fatal(err)
	}
	return p
}

// approved is a proposal of an import that somebody else approved.
func (o *office) approved(in token.Import) ident.ID {
	o.t.Helper()
	p, err := o.Propose(o.t.Context(), ann, foureyes.New{Act: policy.ActImport, Payload: o.plan(in).Payload(), Reason: "box 17"})
	if err == nil {
		_, err = o.Approve(o.t.Context(), bob, p.ID, p.Digest, "")
	}
	if err != nil {
		o.t.Fatal(err)
	}
	return p.ID
}

// carry presents a file for a proposal; what is imported is read from then.
func (o *office) carry(id ident.ID, shown, then token.Import) error {
	o.t.Helper()
	_, err := o.CarryOut(o.t.Context(), by(), id, o.plan(shown).Payload(), func(ctx context.Context, w foureyes.Warrant) error {
		then.Warrant = w
		_, err := o.tokens.ImportFile(ctx, by(), then)
		return err
	})
	return err
}

func (o *office) stock() int64 {
	o.t.Helper()
	s, err := o.tokens.Shelf(o.t.Context())
	if err != nil {
		o.t.Fatal(err)
	}
	return s.Total(device.Stock)
}

const (
	rowsA = "A1,3132333435363738393031323334353637383930,HOTP\nA2,3132333435363738393031323334353637383931,HOTP"
	rowsB = "B1,3132333435363738393031323334353637383930,HOTP\nB2,3132333435363738393031323334353637383931,HOTP"
)

func TestImportUnderFourEyes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, whole := range []bool{false, true} {
			o := newOffice(t, w)
			had := o.stock()
			text := map[bool]string{false: rowsA, true: rowsB}[whole]
			in := w.file(text, nil)
			in.AllOrNothing = whole
			if _, err := w.tokens.ImportFile(t.Context(), ann, in); !fault.Is(err, "foureyes.needed") || o.stock() != had {
				t.Fatalf("one person imported: %v", err)
			}
			id := o.approved(in)
			other := w.file(strings.ReplaceAll(text, "1,31", "9,31"), nil)
			other.AllOrNothing = whole
			if err := o.carry(id, other, other); !fault.Is(err, "foureyes.other") {
				t.Errorf("another file: %v", err)
			}
			manner := in
			manner.Options.InsecureNoMAC = true
			if err := o.carry(id, manner, manner); !fault.Is(err, "foureyes.other") || o.stock() != had {
				t.Errorf("another manner: %v", err)
			}
			if err := o.carry(id, in, in); err != nil || o.stock() != had+2 {
				t.Errorf("what was approved: %v, %d in stock", err, o.stock())
			}
			if err := o.carry(id, in, in); err == nil || o.stock() != had+2 {
				t.Errorf("again: %v", err)
			}
		}
	})
}

// TestStockChangedMeanwhile: the plan says what comes of the import; when that is
// no longer so, it is not what was approved.
func TestStockChangedMeanwhile(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		o := newOffice(t, w)
		in := w.file(rowsA, nil)
		id := o.approved(in)
		w.set = policy.Version0()
		w.csv("A1,3132333435363738393031323334353637383930,HOTP")
		if err := o.carry(id, in, in); !fault.Is(err, "foureyes.other") || o.stock() != 1 {
			t.Errorf("%v, %d in stock", err, o.stock())
		}
	})
}

// TestFileSwappedBetweenReadings: between the look at the file and its import
// somebody puts another in its place.
func TestFileSwappedBetweenReadings(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		o := newOffice(t, w)
		in := w.file(rowsA, nil)
		id := o.approved(in)
		if err := o.carry(id, in, w.file(rowsB, nil)); !fault.Is(err, "foureyes.other") || o.stock() != 0 {
			t.Errorf("before the import: %v, %d in stock", err, o.stock())
		}
		whole := in
		whole.AllOrNothing = true
		id = o.approved(whole)
		opened := 0
		swapped := whole
		swapped.Open = func() (io.ReadCloser, error) {
			if opened++; opened == 1 {
				return in.Open()
			}
			return w.file(rowsB, nil).Open()
		}
		if err := o.carry(id, whole, swapped); !fault.Is(err, "token.import_changed") || o.stock() != 0 || opened < 2 {
			t.Errorf("during the import: %v, %d in stock, opened %d times", err, o.stock(), opened)
		}
	})
}

func TestImportPlan(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		o := newOffice(t, w)
		in := w.file(rowsA+"\nA1,31,HOTP\nX,nothex,HOTP", nil)
		in.Options = pskc.Options{Hash: pskc.SHA256, Manufacturer: "oath.X", Legacy: true, InsecureNoMAC: true, EncryptionKeyAsMACKey: true, Key: []byte("a secret key")}
		p := o.plan(in)
		if p.Imported+p.Duplicate+p.Refused != 4 || !p.Legacy || !p.NoMAC || !p.SameMACKey || p.Signed || p.Hash != "SHA256" || p.Manufacturer != "oath.X" {
			t.Errorf("%+v", p)
		}
		if strings.Contains(string(p.Payload()), "secret") {
			t.Error("the plan has the transport key")
		}
		if got, err := token.ParseImportPlan(p.Payload()); err != nil || got != p {
			t.Errorf("%+v, %v", got, err)
		}
		for _, bad := range []string{"", "{}", `{"file_sha256":"00"}`, strings.Replace(string(p.Payload()), ":", ": ", 1), string(p.Payload()) + " "} {
			if _, err := token.ParseImportPlan([]byte(bad)); !fault.Is(err, "foureyes.payload") {
				t.Errorf("%q: %v", bad, err)
			}
		}
	})
}
