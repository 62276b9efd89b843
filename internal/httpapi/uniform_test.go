package httpapi_test

import (
	"maps"
	"net/http"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/db"
)

// trace is all that an answer shows to whoever must not learn why a customer was
// refused, and the work that it cost.
type trace struct {
	Status         int
	Header         http.Header
	Body           string
	Units, Reads   uint64
	JournalRecords int
}

var handle = regexp.MustCompile(`"(authentication|registration)":"[A-Za-z0-9_-]{64}"`)

// traced carries a call out and notes what it showed and did.
func (w *world) traced(path string, body fields) trace {
	w.Helper()
	before, records := w.d.Stats(), w.records()
	got := w.post(path, body)
	after := w.d.Stats()
	t := trace{Status: got.code, Header: maps.Clone(got.head), Units: after.Units - before.Units, Reads: after.Reads - before.Reads, JournalRecords: w.records() - records}
	t.Body = handle.ReplaceAllString(string(got.raw), `"$1":"…"`)
	if t.Body == string(got.raw) && got.code == http.StatusCreated {
		w.Fatalf("no handle was masked in %s", got.raw)
	}
	for _, name := range []string{"X-Request-Id", "Date"} {
		if t.Header.Get(name) == "" {
			w.Errorf("there is no header %s", name)
		}
		t.Header.Del(name)
	}
	return t
}

func (w *world) records() (n int) {
	w.Helper()
	w.must(w.d.Read(w.Context(), func(tx *db.Tx) error { return tx.Row("SELECT COUNT(*) FROM journal").Scan(&n) }))
	return n
}

// people makes one customer for every reason to be refused, all with the code
// wrong in the end, and says by which number each goes.
func (w *world) people() map[string]string {
	w.Helper()
	numbers := map[string]string{"known": "20001", "unknown": "20002", "blocked": "20003", "suspended": "20004", "without a token": "20005"}
	w.registered("20001", "8800001")
	w.registered("20003", "8800003")
	w.registered("20004", "8800004")
	w.customer("20005")
	for range 6 {
		w.login("20003", "000000")
	}
	w.get("/v1/customers/20003/authenticators").first("authenticators", fields{"state": "blocked"})
	w.do(request{method: http.MethodPatch, path: "/v1/customers/20004", body: fields{"status": "suspended", "reason": "test"}}).status(http.StatusOK)
	return numbers
}

// Invariant 4, SCA-06, SCA-61.
func TestRefusalsLookAlike(t *testing.T) {
	each(t, func(w *world) {
		people := w.people()
		login := func(number string) trace {
			return w.traced("/v1/authentications", fields{"customer_number": number, "purpose": "login", "channel": "web", "proof": fields{"code": "000000"}})
		}
		want := login(people["known"])
		if want.Units == 0 || want.Reads == 0 || want.JournalRecords == 0 {
			t.Fatalf("nothing was counted: %+v", want)
		}
		for who, number := range people {
			if diff := cmp.Diff(want, login(number)); diff != "" {
				t.Errorf("a login refused for %s looks different:\n%s", who, diff)
			}
		}
		// The customer's right code shows the difference, or there would be none to see.
		if diff := cmp.Diff(want.Body, handle.ReplaceAllString(string(w.login("20001", hotp("8800001", 1)).raw), "")); diff == "" {
			t.Error("a right code looks like a wrong one")
		}
	})
}

func TestRefusedStepsLookAlike(t *testing.T) {
	each(t, func(w *world) {
		people := w.people()
		step := func(number string) (all []trace) {
			start := fields{"customer_number": number, "purpose": "login", "channel": "web"}
			all = append(all, w.traced("/v1/authentications", start))
			at := "/v1/authentications/" + w.post("/v1/authentications", start).text("authentication")
			return append(all, w.traced(at+"/steps", fields{"code": "000000"}))
		}
		want := step(people["known"])
		for who, number := range people {
			if diff := cmp.Diff(want, step(number)); diff != "" {
				t.Errorf("steps refused for %s look different:\n%s", who, diff)
			}
		}
	})
}

func TestRefusedActivationsLookAlike(t *testing.T) {
	each(t, func(w *world) {
		w.registered("20001", "8800001") // its code is spent
		spent := w.customer("20006")
		people := map[string]string{"registered": "20001", "unknown": "20002", "with another code": "20005", "blocked": "20007"}
		w.customer("20005")
		w.customer("20007")
		begin := func(number string) trace {
			return w.traced("/v1/registrations", fields{"customer_number": number, "activation_code": spent})
		}
		for range 6 {
			begin("20007")
		}
		want := begin(people["with another code"])
		for who, number := range people {
			if diff := cmp.Diff(want, begin(number)); diff != "" {
				t.Errorf("a registration refused for %s looks different:\n%s", who, diff)
			}
		}
	})
}
