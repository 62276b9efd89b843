package hub_test

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
)

// counting are the rules that the document's table of proofs is about.
const counting = `
policies:
  - {code: secure-code, name: Soon, method: token, failures: {max: 3, cool_down: 15m, max_blocks: 2}, events: {window: 10, first_use: 10, resync: 100}, time: {skew: 1, first_use: 20, resync: 120, max_drift: 20}, challenge: {length: 8, ttl: 3m, max: 8}}
journeys:
  - {purpose: login, channel: web, ttl: 1h, steps: [[secure-code]]}
models:
  - {code: plain, name: Button, manufacturer: oath.PLAIN, policies: [secure-code]}
  - {code: typed, name: Typed PIN, manufacturer: oath.TYPED, server_pin: prepend, policies: [secure-code]}
registration: {code_length: 16, code_valid: 168h, max_extend: 3, attempts: {max: 5, cool_down: 15m, max_blocks: 4}, resume: 30m, token_tries: {max: 5, cool_down: 15m, max_blocks: 2}, pin_length: 4}
`

// pin is that of every token whose PIN is typed before the code.
const pin = "4711"

// proofs reads the document's table: names of columns, and cells by row.
func proofs(t *testing.T) (columns []string, rows [][]string) {
	t.Helper()
	doc, err := os.ReadFile("../../docs/conformance/counters.md")
	if err != nil {
		t.Fatal(err)
	}
	_, part, _ := strings.Cut(string(doc), "\n## Proofs\n")
	part, _, _ = strings.Cut(part, "\n## ")
	for line := range strings.Lines(part) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "| ") {
			continue
		}
		cells := strings.Split(strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	if len(rows) < 2 {
		t.Fatal("the document has no table of proofs")
	}
	return rows[0], rows[1:]
}

// TestEveryCellOfTheProofs compares each cell of the document's table with what
// happens.
func TestEveryCellOfTheProofs(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.activate(counting)
		columns, rows := proofs(t)
		if cases := (&subject{}).cases(); len(rows) != len(cases) {
			t.Errorf("the document has %d proofs, and there are %d here", len(rows), len(cases))
		}
		for n, row := range rows {
			s := w.subject(strconv.Itoa(100 + n))
			c, known := s.cases()[row[0]]
			if !known {
				t.Errorf("nobody knows the proof %q", row[0])
				continue
			}
			if c.arrange != nil {
				c.arrange()
			}
			before := s.look()
			s.clock.Advance(time.Microsecond) // the records of what follows are the latest
			since := s.clock.Now()
			out, err := c.prove()
			after := s.look()
			after.records = s.since(since)
			got := s.cells(before, after, out, err)
			if c.resync { // which has no outlook
				got[len(got)-1] = string(out.Reason)
			}
			for i, want := range row[1:] {
				if got[i] != want {
					t.Errorf("%s: %s is %q; the document says %q", row[0], columns[i+1], got[i], want)
				}
			}
		}
	})
}

type proofCase struct {
	arrange func()
	prove   func() (hub.Outcome, error)
	resync  bool // not a proof of an authentication, but codes given to the help desk
}

// cases are the proofs by the names of the document's rows.
func (s *subject) cases() map[string]proofCase {
	serial, typed := "PLAIN"+s.number, "TYPED"+s.number
	submit := func(code string) func() (hub.Outcome, error) {
		return func() (hub.Outcome, error) {
			return s.start(hub.Start{CustomerNumber: s.number, Proof: &hub.Proof{Code: code}})
		}
	}
	yes, no := submit(code(serial, 3)), submit(another(serial))
	keyed := func() (hub.Outcome, error) {
		return s.start(hub.Start{CustomerNumber: s.number, Key: "key " + s.number, Proof: &hub.Proof{Code: another(serial)}})
	}
	status := func(to string) func() {
		return func() { s.sql("UPDATE device SET status = $2 WHERE customer = $1", s.id, to) }
	}
	block := func() { s.fail(2) }
	cool := func() { block(); s.clock.Advance(15 * time.Minute) }
	hold := func() { cool(); s.fail(3) }
	return map[string]proofCase{
		"right code":                          {prove: yes},
		"wrong code":                          {prove: no},
		"wrong code, the last before a block": {arrange: func() { s.fail(1) }, prove: no},
		"wrong code, the last before the permanent block": {arrange: func() { cool(); s.fail(2) }, prove: no},
		"code spent before":                                            {arrange: func() { s.accepted(yes); s.fail(1); s.ask() }, prove: yes},
		"right PIN, wrong code":                                        {prove: submit(pin + wrong(typed))},
		"wrong PIN, right code":                                        {prove: submit("4712" + code(typed, 3))},
		"right PIN, right code":                                        {prove: submit(pin + code(typed, 3))},
		"malformed input":                                              {prove: submit("not a code at all, however long")},
		"right code while blocked":                                     {arrange: block, prove: yes},
		"wrong code while blocked":                                     {arrange: block, prove: no},
		"right code after the block":                                   {arrange: cool, prove: yes},
		"wrong code after the block":                                   {arrange: cool, prove: no},
		"right code while held":                                        {arrange: hold, prove: yes},
		"right code of a suspended token":                              {arrange: status("suspended"), prove: yes},
		"right code of a lost token":                                   {arrange: status("lost"), prove: yes},
		"right code of an expired token":                               {arrange: func() { s.sql("UPDATE device SET expires_at = $2 WHERE customer = $1", s.id, s.past()) }, prove: yes},
		"right code, authenticator disabled":                           {arrange: func() { s.sql("UPDATE authenticator SET status = 'disabled' WHERE customer = $1", s.id) }, prove: yes},
		"right code, authenticator expired":                            {arrange: func() { s.sql("UPDATE authenticator SET expires_at = $2 WHERE customer = $1", s.id, s.past()) }, prove: yes},
		"right code, customer suspended":                               {arrange: func() { s.suspend(s.number) }, prove: yes},
		"right code, without the policy":                               {arrange: func() { s.sql("DELETE FROM authenticator WHERE customer = $1", s.id) }, prove: yes},
		"unknown customer":                                             {arrange: func() { s.id = ident.Derive("nobody", s.number); s.number = "nobody" }, prove: func() (hub.Outcome, error) { return submitAs(s, "nobody") }},
		"the same wrong code again, a new request":                     {prove: submit(wrong(serial))}, // the failure before was this very code
		"the same request again, under its key":                        {arrange: func() { s.failed(keyed) }, prove: keyed},
		"right code of the second token after failures with the first": {prove: submit(pin + code(typed, 0))},
		"resynchronization with wrong codes":                           {prove: s.resync(another(serial)), resync: true},
		"resynchronization with right codes, while blocked":            {arrange: block, prove: s.resync(code(serial, 40)), resync: true},
	}
}

// another is a wrong code that is not the first one: that of an event far ahead.
func another(serial string) string { return code(serial, 140) }

func submitAs(s *subject, number string) (hub.Outcome, error) {
	return s.start(hub.Start{CustomerNumber: number, Proof: &hub.Proof{Code: "123456"}})
}
