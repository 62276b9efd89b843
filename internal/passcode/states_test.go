package passcode_test

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/passcode"
)

// document has the table that these tests keep to.
const document = "../../docs/conformance/phones.md"

// table reads the cells of the table below a heading, the line of names first.
func table(t *testing.T, heading string) (rows [][]string) {
	t.Helper()
	doc, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(doc), "\n## "+heading+"\n")
	after, _, _ = strings.Cut(after, "\n## ")
	for line := range strings.Lines(after) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---") {
			continue
		}
		var cells []string
		for cell := range strings.SplitSeq(strings.Trim(line, "|"), "|") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		rows = append(rows, cells)
	}
	return rows
}

// TestEveryPhoneAndAct compares each cell of the document with what happens.
func TestEveryPhoneAndAct(t *testing.T) {
	each(t, func(w *world) {
		rows := table(t, "States and acts")
		if len(rows)-1 != len(w.states()) || len(rows[0])-1 != len(w.acts(ident.ID{})) {
			t.Fatalf("the document has %d lines; there are %d states and %d acts", len(rows), len(w.states()), len(w.acts(ident.ID{})))
		}
		n := 0
		for _, row := range rows[1:] {
			arrange, known := w.states()[row[0]]
			if !known {
				t.Fatalf("nobody knows how to reach the state %q", row[0])
			}
			for i, want := range row[1:] {
				n++
				c := w.bare(strconv.Itoa(n), "+47912"+strconv.Itoa(10000+n))
				arrange(c.ID)
				if was := w.stateOf(c.ID); was != row[0] {
					t.Errorf("arranged %q, and it is %q", row[0], was)
				}
				result := w.acts(c.ID)[rows[0][i+1]]()
				if got := w.stateOf(c.ID) + result; got != want {
					t.Errorf("%s, %s: %q; the document says %q", row[0], rows[0][i+1], got, want)
				}
			}
		}
	})
}

// stateOf says how a customer's phones are.
func (w *world) stateOf(id ident.ID) string {
	w.Helper()
	all, err := w.p.Phones(w.Context(), id)
	if err != nil {
		w.Fatal(err)
	}
	var state []string
	for _, want := range []passcode.Status{passcode.Active, passcode.Pending, passcode.Held} {
		for _, x := range all {
			switch {
			case x.Status != want:
			case want == passcode.Active && x.Requests.Held():
				state = append(state, "limit")
			case want == passcode.Held && x.Until.Year() == 9999:
				state = append(state, "staff")
			default:
				state = append(state, string(want))
			}
		}
	}
	if state == nil {
		return "none"
	}
	return strings.Join(state, ", ")
}

// newNumber is a number that the customer does not have yet.
func newNumber(id ident.ID) string {
	n := 0
	for _, b := range id {
		n = (n*31 + int(b)) % 10000
	}
	return "+47913" + strconv.Itoa(10000+n)
}

// states are the ways into each state.
func (w *world) states() map[string]func(ident.ID) {
	register := func(id ident.ID) {
		if _, err := w.p.Register(w.Context(), ann, w.set, w.act(id), w.vouched(id)); err != nil {
			w.Fatal(err)
		}
	}
	change := func(id ident.ID, staff bool) passcode.Phone {
		x, _, err := w.p.Change(w.Context(), audit.Customer(id), both(id), w.set, passcode.Change{Customer: id, Number: newNumber(id), Staff: staff})
		if err != nil {
			w.Fatal(err)
		}
		return x
	}
	confirm := func(id ident.ID, x passcode.Phone) {
		if _, ok, err := w.p.Confirm(w.Context(), audit.Customer(id), w.set, id, x.ID, w.codeOf(id)); err != nil || !ok {
			w.Fatal(ok, err)
		}
	}
	return map[string]func(ident.ID){
		"none":            func(ident.ID) {},
		"active":          register,
		"limit":           func(id ident.ID) { register(id); w.exhaust(id) },
		"pending":         func(id ident.ID) { change(id, false) },
		"active, pending": func(id ident.ID) { register(id); change(id, false) },
		"active, held":    func(id ident.ID) { register(id); confirm(id, change(id, false)) },
		"active, staff":   func(id ident.ID) { register(id); confirm(id, change(id, true)) },
		"limit, held":     func(id ident.ID) { register(id); confirm(id, change(id, false)); w.exhaust(id) },
	}
}

// vouched is the number of the customer's that the bank vouches for.
func (w *world) vouched(id ident.ID) ident.ID {
	w.Helper()
	for _, c := range w.contacts(id) {
		if !c.Verified.IsZero() {
			return c.ID
		}
	}
	w.Fatal("no number is verified")
	return ident.ID{}
}

// codeOf is the last code that arrived at a number of the customer's; "000000" when none
// did.
func (w *world) codeOf(id ident.ID) string {
	w.Helper()
	all := w.deliver()
	for i := len(all) - 1; i >= 0; i-- {
		for _, c := range w.contacts(id) {
			if code := codeIn(all[i].Body); c.Value == all[i].To && code != "" {
				return code
			}
		}
	}
	return "000000"
}

// exhaust asks for codes until none is sent.
func (w *world) exhaust(id ident.ID) {
	w.Helper()
	for i := range 20 {
		if w.ask(w.request(id, "exhaust "+strconv.Itoa(i))).Withheld == string(passcode.RequestLimit) {
			return
		}
	}
	w.Fatal("there is no limit")
}

// waiting is the customer's phone that is not active yet.
func (w *world) waiting(id ident.ID) ident.ID {
	all, err := w.p.Phones(w.Context(), id)
	if err != nil {
		w.Fatal(err)
	}
	for _, x := range all {
		if x.Status == passcode.Pending || x.Status == passcode.Held {
			return x.ID
		}
	}
	return ident.Derive("no phone")
}

// acts are what can be done; each says how it was refused, or nothing.
func (w *world) acts(id ident.ID) map[string]func() string {
	says := func(err error) string {
		if err == nil {
			return ""
		}
		return " (" + strings.TrimPrefix(fault.From(err).Code, "passcode.") + ")"
	}
	by := audit.Customer(id)
	decide := func(allow bool) func() string {
		return func() string {
			_, err := w.p.Decide(w.Context(), ann, w.set, w.act(id), w.waiting(id), allow)
			return says(err)
		}
	}
	return map[string]func() string{
		"ask": func() string {
			if why := w.ask(w.request(id, "an act")).Withheld; why != "" {
				return " (" + why + ")"
			}
			return ""
		},
		"change": func() string {
			_, _, err := w.p.Change(w.Context(), by, both(id), w.set, passcode.Change{Customer: id, Number: "+47 914 00 000"})
			return says(err)
		},
		"confirm": func() string {
			_, _, err := w.p.Confirm(w.Context(), by, w.set, id, w.waiting(id), w.codeOf(id))
			return says(err)
		},
		"give up":    func() string { return says(w.p.GiveUp(w.Context(), by, id, w.waiting(id))) },
		"allow":      decide(true),
		"refuse":     decide(false),
		"unregister": func() string { _, err := w.p.Unregister(w.Context(), ann, w.act(id)); return says(err) },
		"register": func() string {
			_, err := w.p.Register(w.Context(), ann, w.set, w.act(id), w.vouched(id))
			return says(err)
		},
		"a day": func() string {
			w.later(24 * time.Hour)
			_, err := w.p.Mature(w.Context(), w.set, 100)
			return says(err)
		},
		"reset": func() string {
			w.sql("UPDATE authenticator SET failures = 1 WHERE customer = $1", id)
			k := &authenticator.Keeper{DB: w.d, Policies: w.book}
			_, err := k.Reset(w.Context(), ann, authenticator.Act{Customer: id, Policy: "sms", Reason: "called"}, w.act(id).Identified)
			return strings.Replace(says(err), "authenticator.", "", 1)
		},
	}
}

// factors are a warrant of what its name says.
type factors struct {
	customer ident.ID
	shown    authenticator.Factor
}

func both(id ident.ID) factors {
	return factors{id, authenticator.Knowledge | authenticator.Possession}
}

func (f factors) Check(_ *db.Tx, customerID ident.ID, by audit.Actor) error {
	if f.customer != customerID || by != audit.Customer(customerID) {
		return fault.Deniedf("proof.required", "Not this customer's.")
	}
	return nil
}
func (f factors) Note() (key, value string)     { return "authentication", "an id" }
func (f factors) Factors() authenticator.Factor { return f.shown }

var _ passcode.Warrant = factors{}
