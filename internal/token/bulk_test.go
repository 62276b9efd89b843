package token_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/token"
)

func names(serials ...string) (all []token.Named) {
	for _, s := range serials {
		all = append(all, token.Named{Serial: s})
	}
	return all
}

// rowsOf runs f and returns its rows as "serial from result".
func rowsOf(t *testing.T, s token.BulkSummary, rows []token.BulkRow) (all []string) {
	t.Helper()
	sum := sha256.New()
	for i, r := range rows {
		if r.Number != i+1 || (r.Reason == "") == (r.Result == token.BulkRefused) {
			t.Errorf("row %d: %+v", i, r)
		}
		line, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		sum.Write(append(line, '\n'))
		all = append(all, fmt.Sprintf("%s %s %s", r.Serial, r.From, r.Result))
	}
	if s.Rows() != int64(len(rows)) || s.Digest != hex.EncodeToString(sum.Sum(nil)) {
		t.Errorf("%+v for %d rows", s, len(rows))
	}
	return all
}

// TestBulk: a preview changes nothing and says what the act then does; doing it
// again changes nothing.
func TestBulk(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.care()
		first := w.assigned("A1", "HOTP")
		w.stock("A2", "A3")
		w.assign("A2", first)
		w.assigned("B1", "HOTP")
		in := w.file("A3,"+hex.EncodeToString(key("A3"))+",HOTP", nil)
		in.Options.Manufacturer = "oath.OTHER"
		if _, err := w.tokens.ImportFile(t.Context(), by(), in); err != nil {
			t.Fatal(err)
		}
		b := token.Bulk{Act: device.Suspend, Reason: "recall of  a batch", Tokens: names("a-1", "A2", "A1", "B1", "A3", "NONE")}
		b.Tokens = append(b.Tokens, token.Named{Serial: "A3", Manufacturer: "oath.OTHER"})
		var rows []token.BulkRow
		sink := func(r token.BulkRow) error { rows = append(rows, r); return nil }
		s, err := c.PreviewBulk(t.Context(), b, sink)
		want(t, err, "")
		if diff := cmp.Diff([]string{"A1 active done", "A2 active done", "B1 active done", "A3  refused", "NONE  refused", "A3 stock refused"}, rowsOf(t, s, rows)); diff != "" {
			t.Error(diff)
		}
		if w.device("A1").Status != device.Active {
			t.Error("the preview changed something")
		}
		rows = nil
		var told []int64
		s, err = c.RunBulk(t.Context(), by(), b, foureyes.Warrant{}, token.BulkReport{Sink: sink, Progress: func(done, total int64) { told = append(told, done, total) }})
		want(t, err, "")
		if diff := cmp.Diff([]string{"A1 active done", "A2 active refused", "B1 active refused", "A3  refused", "NONE  refused", "A3 stock refused"}, rowsOf(t, s, rows)); diff != "" {
			t.Error(diff) // the last of each customer stays
		}
		if w.device("A1").Status != device.Suspended || w.device("A2").Status != device.Active || w.device("B1").Status != device.Active || !cmp.Equal(told, []int64{6, 6}) {
			t.Errorf("%v; %v", w.device("A2"), told)
		}
		w.clock.Advance(time.Second)
		b.EvenLast, rows = true, nil
		s, err = c.RunBulk(t.Context(), by(), b, foureyes.Warrant{}, token.BulkReport{Sink: sink})
		want(t, err, "")
		if diff := cmp.Diff([]string{"A1 suspended unchanged", "A2 active done", "B1 active done", "A3  refused", "NONE  refused", "A3 stock refused"}, rowsOf(t, s, rows)); diff != "" {
			t.Error(diff)
		}
		if got := w.count("journal WHERE kind = 'token.suspended'"); got != 3 {
			t.Errorf("%d acts are in the audit log", got)
		}
		past, next, err := c.Bulks(t.Context(), "", 1)
		want(t, err, "")
		if len(past) != 1 || next == "" || past[0].State != "done" || past[0].Done != 2 || past[0].Total != 6 || hex.EncodeToString(past[0].Report) != s.Digest || past[0].Bulk.Reason != "recall of a batch" {
			t.Errorf("%+v", past)
		}
		if one, err := c.Bulk(t.Context(), past[0].ID); err != nil || !cmp.Equal(one, past[0]) {
			t.Errorf("%+v, %v", one, err)
		}
		var d struct {
			Done    int64
			Payload string `json:"payload_sha256"`
			Report  string `json:"report_sha256"`
		}
		b, err = token.NewBulk(b)
		want(t, err, "")
		digest := sha256.Sum256(b.Payload())
		var text string
		w.write(func(tx *db.Tx) error {
			var details []byte
			err := tx.Row("SELECT details FROM journal WHERE kind = $1 ORDER BY at DESC LIMIT 1", token.AuditBulkDone).Scan(&details)
			text = string(details)
			return err
		})
		if json.Unmarshal([]byte(text), &d) != nil || d.Report != s.Digest || d.Payload != hex.EncodeToString(digest[:]) || d.Done != 2 {
			t.Error(text)
		}
	})
}

// TestBulkEveryAct: what each act does in each state.
func TestBulkEveryAct(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ends := w.clock.Now().Add(time.Hour)
		for _, a := range token.BulkActs() {
			var serials []string
			for _, from := range device.Statuses() {
				serial := device.Serial(string(a) + string(from))
				serials = append(serials, serial)
				w.put(serial, from, ident.Derive("c", serial))
			}
			b := token.Bulk{Act: a, Reason: "all", EvenLast: true, Tokens: names(serials...)}
			if a == device.Extend {
				b.Ends = &ends
			}
			err := w.agreed(b, token.BulkReport{Sink: func(r token.BulkRow) error {
				to, allowed := a.To(r.From)
				after := w.device(r.Serial)
				switch {
				case allowed && (r.Result != token.BulkDone || after.Status != to):
					t.Errorf("%s: %+v, %s", a, r, after.Status)
				case !allowed && (r.Result == token.BulkDone || after.Status != r.From):
					t.Errorf("%s: %+v, %s", a, r, after.Status)
				case a == device.Extend && allowed && !after.Expires.Equal(ends):
					t.Errorf("ends %s", after.Expires)
				}
				return nil
			}})
			want(t, err, "")
		}
	})
}

// agreed carries a bulk act out that two people agreed on.
func (w *world) agreed(b token.Bulk, r token.BulkReport) error {
	w.t.Helper()
	b, err := token.NewBulk(b)
	if err != nil {
		w.t.Fatal(err)
	}
	desk := w.twoPeople()
	p, err := desk.Propose(w.t.Context(), ann, foureyes.New{Act: policy.ActBulk, Payload: b.Payload(), Reason: "agreed"})
	if err == nil {
		_, err = desk.Approve(w.t.Context(), bob, p.ID, p.Digest, "")
	}
	if err != nil {
		w.t.Fatal(err)
	}
	_, err = desk.CarryOut(w.t.Context(), ann, p.ID, b.Payload(), func(ctx context.Context, x foureyes.Warrant) error {
		_, err := w.care().RunBulk(ctx, ann, b, x, r)
		return err
	})
	return err
}

// TestBulkIsNoWayAroundTheIdentification: one token is resumed with an
// identification only, so nobody resumes a list of one alone.
func TestBulkIsNoWayAroundTheIdentification(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.put("A1", device.Suspended, ident.Derive("c", "A1"))
		b := token.Bulk{Act: device.Resume, Reason: "x", Tokens: names("A1")}
		_, err := w.care().RunBulk(t.Context(), ann, b, foureyes.Warrant{}, token.BulkReport{})
		want(t, err, "foureyes.needed")
		if w.device("A1").Status != device.Suspended {
			t.Error("one person resumed it")
		}
		want(t, w.agreed(b, token.BulkReport{}), "")
		if w.device("A1").Status != device.Active {
			t.Error("two people could not resume it")
		}
	})
}

// TestBulkUnderFourEyes: without a warrant nothing happens.
func TestBulkUnderFourEyes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.assigned("A1", "HOTP")
		set := *w.set
		set.FourEyes.Acts = []policy.Act{policy.ActBulk}
		w.set = &set
		b := token.Bulk{Act: device.Suspend, Reason: "x", EvenLast: true, Tokens: names("A1")}
		_, err := w.care().RunBulk(t.Context(), by(), b, foureyes.Warrant{}, token.BulkReport{})
		want(t, err, "foureyes.needed")
		if w.device("A1").Status != device.Active || w.count("token_bulk") != 0 {
			t.Error("it happened")
		}
	})
}

// TestBulkGivenUp: what was done before it broke off stays, and the history says
// that it broke off.
func TestBulkGivenUp(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var serials []string
		for i := range 120 {
			serials = append(serials, fmt.Sprintf("N%03d", i))
		}
		w.stock(serials...)
		ctx, stop := context.WithCancel(t.Context())
		b := token.Bulk{Act: device.Retire, Reason: "x", Tokens: names(serials...)}
		s, err := w.care().RunBulk(ctx, by(), b, foureyes.Warrant{}, token.BulkReport{Progress: func(int64, int64) { stop() }})
		if !errors.Is(err, context.Canceled) || s.Done == 0 || s.Done == 120 {
			t.Errorf("%+v, %v", s, err)
		}
		past, _, err := w.care().Bulks(t.Context(), "", 10)
		want(t, err, "")
		if past[0].State != "failed" || past[0].Done != s.Done || int64(w.count("device WHERE status = 'retired'")) != s.Done || w.details(token.AuditBulkFailed) == "" {
			t.Errorf("%+v", past[0])
		}
		s, err = w.care().RunBulk(t.Context(), by(), b, foureyes.Warrant{}, token.BulkReport{})
		want(t, err, "")
		if s.Done+s.Unchanged != 120 || s.Unchanged != past[0].Done {
			t.Errorf("%+v", s)
		}
	})
}

func TestBulkForm(t *testing.T) {
	t.Parallel()
	at := time.Unix(2e9, 0)
	good := token.Bulk{Act: device.Extend, Reason: "r", Ends: &at, Tokens: names("1", "2")}
	b, err := token.NewBulk(good)
	want(t, err, "")
	if back, err := token.ParseBulk(b.Payload()); err != nil || !cmp.Equal(back, b) {
		t.Errorf("%+v, %v", back, err)
	}
	for code, change := range map[string]func(*token.Bulk){
		"token.bulk_act":    func(b *token.Bulk) { b.Act = device.Lose },
		"token.reason":      func(b *token.Bulk) { b.Reason = " " },
		"token.ends":        func(b *token.Bulk) { b.Ends = nil },
		"token.bulk_size":   func(b *token.Bulk) { b.Tokens = nil },
		"token.bulk_serial": func(b *token.Bulk) { b.Tokens = names("1", "-") },
	} {
		b := good
		change(&b)
		_, err := token.NewBulk(b)
		want(t, err, code)
	}
	for _, payload := range [][]byte{nil, []byte("{}"), []byte(" " + string(b.Payload())), bytes.Replace(b.Payload(), []byte(`"1"`), []byte(`"-1"`), 1), bytes.Replace(b.Payload(), []byte(`"act"`), []byte(`"x":1,"act"`), 1)} {
		if _, err := token.ParseBulk(payload); err == nil {
			t.Errorf("%s is taken", payload)
		}
	}
}

func TestReadList(t *testing.T) {
	t.Parallel()
	got, err := token.ReadList(strings.NewReader("\ufeffSerial;Manufacturer\r\n# a note\n\n 77-000 01\n\"7700002\";\"oath.ALDR\"\n7700001\n７７００００３\toath.ALDR\n"))
	want(t, err, "")
	if diff := cmp.Diff([]token.Named{{Serial: "7700001"}, {Serial: "7700002", Manufacturer: "oath.ALDR"}, {Serial: "7700003", Manufacturer: "oath.ALDR"}}, got); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"1,2,3", "-", ",x", strings.Repeat("1", 70_000)} {
		_, err := token.ReadList(strings.NewReader(bad))
		want(t, err, "token.bulk_serial")
	}
	_, err = token.ReadList(strings.NewReader(strings.Join(slices.Repeat([]string{"1"}, token.MaxBulk+1), "\n")))
	want(t, err, "token.bulk_size")
}

func FuzzReadList(f *testing.F) {
	f.Add("serial\n1\n2;x\n")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := token.ReadList(strings.NewReader(text))
		if err != nil || len(all) == 0 {
			return
		}
		if _, err := token.NewBulk(token.Bulk{Act: device.Retire, Reason: "x", Tokens: all}); err != nil {
			t.Errorf("%q is read, and refused: %v", text, err)
		}
	})
}
