package token_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/pskc"
)

// TestReport: every result and its reason, and a dry run says the same.
func TestReport(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.load(box{(&box{}).add("STOCK", "k", nil)})
		past := w.clock.Now().Add(-24 * time.Hour)
		var b box
		want := []struct {
			result token.Result
			reason string
		}{}
		row := func(serial, id string, change func(*pskc.KeyPackage), result token.Result, reason string) {
			b.add(serial, id, change)
			want = append(want, struct {
				result token.Result
				reason string
			}{result, reason})
		}
		row("GOOD", "k", nil, token.Imported, "")
		row("STOCK", "k", nil, token.Duplicate, "is there already")
		row("STOCK", "other", nil, token.Duplicate, "is there already")
		row("GOOD", "k", nil, token.Duplicate, "is there already")
		row("g-o od", "k2", nil, token.Imported, "") // the same device, a further key
		row("- -", "k", nil, token.Refused, "the device has no serial number")
		row("OLD", "k", func(p *pskc.KeyPackage) { p.Device.ExpiryDate = past }, token.Refused, "the device expired on 2026-11-01")
		row("OLDKEY", "k", func(p *pskc.KeyPackage) { p.Key.Policy.ExpiryDate = past }, token.Refused, "the key expired on 2026-11-01")
		row("NOUSE", "k", func(p *pskc.KeyPackage) { p.Key.Policy.Transactions = pskc.Some(0) }, token.Refused, "its policy allows no use at all")
		row("FAR", "k", func(p *pskc.KeyPackage) { p.Key.Counter = pskc.Some(1 << 62) }, token.Imported, "")
		row("END", "k", func(p *pskc.KeyPackage) { p.Key.Counter = pskc.Some(1<<62 + 1) }, token.Refused, "the counter is out of range")
		row("CHECK", "k", func(p *pskc.KeyPackage) { p.Key.Response.CheckDigit = true }, token.Refused, "check digits")
		row("STEP", "k", func(p *pskc.KeyPackage) {
			p.Key.Algorithm, p.Key.Profile, p.Key.Interval, p.Key.Counter = pskc.AlgorithmTOTP, pskc.ProfileTOTP, pskc.Some(7200), pskc.Int{}
		}, token.Refused, "the time step is 2h0m0s")
		row("SESSION", "k", ocra("OCRA-1:HOTP-SHA1-6:QN08-S064"), token.Refused, "session data")
		row("WHOLE", "k", ocra("OCRA-1:HOTP-SHA1-0:QN08"), token.Refused, "the whole HMAC")
		row("SMALL", "k", ocra("OCRA-1:HOTP-SHA1-6:QN06"), token.Refused, "challenges of the policy secure-code, which have 8 digits")
		row("NOPIN", "k", ocra(pinSuite), token.Refused, "contradict")
		row("LONG", strings.Repeat("k", 129), nil, token.Refused, "128 bytes")
		row("USAGE", "k", func(p *pskc.KeyPackage) { p.Key.Policy.Usage = pskc.UseEncrypt }, token.Refused, "its usage is")

		var dry, real []token.Row
		in := w.of(b.file(t), &dry)
		ds, err := w.tokens.DryRun(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		rs, err := w.tokens.ImportFile(t.Context(), by(), w.of(b.file(t), &real))
		if err != nil || rs.Rows() != int64(len(want)) {
			t.Fatalf("%+v, %v", rs, err)
		}
		for i, r := range real {
			if r.Result != want[i].result || !strings.Contains(r.Reason, want[i].reason) || want[i].reason == "" && r.Reason != "" || r.Number != i+1 {
				t.Errorf("row %d, %s: %s %q; want %s %q", r.Number, r.Serial, r.Result, r.Reason, want[i].result, want[i].reason)
			}
		}
		if d := cmp.Diff(real, dry); d != "" || ds != rs {
			t.Errorf("a dry run said %+v, the import %+v: %s", ds, rs, d)
		}
		if n := len(w.item("GOOD").Keys); n != 2 {
			t.Errorf("the device with two keys has %d", n)
		}
	})
}

// TestKeysApart: two keys of one device far from each other in the file, and PIN
// keys before and behind the key that they protect.
func TestKeysApart(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var b box
		b.add("APART", "one", nil)
		for i := range 1500 {
			b.add(fmt.Sprint("F", i), "k", nil)
		}
		b.add("APART", "two", nil)
		withPIN := func(p *pskc.KeyPackage) { p.Key.Policy.PIN = &pskc.PINPolicy{Mode: pskc.PINAppend, KeyID: "pin"} }
		b.add("BEHIND", "k", withPIN)
		b.pinKey("BEHIND", "pin", "2580")
		b.pinKey("BEFORE", "pin", "2580")
		b.add("BEFORE", "k", withPIN)
		// The same serial number of another manufacturer has a PIN of its own.
		b.add("BEFORE", "k", withPIN).Device.Manufacturer = "oath.ELSE"
		b.pinKey("BEFORE", "pin", "1470")
		b[len(b)-1].Device.Manufacturer = "oath.ELSE"
		b.pinKey("LONELY", "pin", "2580")
		b.pinKey("LETTERS", "pin", "abcd")
		b.add("LETTERS", "k", withPIN)
		rows := w.load(b)
		for _, r := range rows[:len(rows)-3] {
			if r.Result != token.Imported {
				t.Errorf("%+v", r)
			}
		}
		for _, r := range rows[len(rows)-3:] {
			if r.Result != token.Refused || strings.Contains(r.Reason, "abcd") {
				t.Errorf("%+v", r)
			}
		}
		if n := len(w.item("APART").Keys); n != 2 {
			t.Errorf("the device has %d keys", n)
		}
		all, err := w.tokens.BySerial(t.Context(), "BEFORE")
		if err != nil || len(all) != 2 {
			t.Fatalf("%d, %v", len(all), err)
		}
		for _, it := range all {
			c := w.assignOne(it)
			if got := w.verify(c, hotp("BEFORE", 0)+map[string]string{"oath.TEST": "2580", "oath.ELSE": "1470"}[it.Device.Manufacturer]); got != "" {
				t.Errorf("%s: %q", it.Device.Manufacturer, got)
			}
		}
	})
}

func TestCSVForms(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		seed := hex.EncodeToString(key("C1"))
		var rows []token.Row
		if _, err := w.tokens.ImportFile(t.Context(), by(), w.of([]byte("C0,"+seed+",HOTP\n"), &rows)); !fault.Is(err, "token.import_file") || !strings.Contains(err.Error(), "which hash") {
			t.Errorf("rows without a hash, and none named: %v", err)
		}
		in := w.of([]byte("\ufeffC1,"+seed+",HOTP\r\n\r\nC2,"+seed+",totp,8,60\r\nC3,xyz,HOTP\r\n"), &rows)
		in.Options.Hash = pskc.SHA1
		s, err := w.tokens.ImportFile(t.Context(), by(), in)
		if err != nil || s.Imported != 2 || s.Refused != 1 || rows[0].Serial != "C1" {
			t.Fatalf("%+v, %+v, %v", s, rows, err)
		}
		if k := w.item("C2").Keys[0]; k.Digits != 8 || k.Step != time.Minute {
			t.Errorf("%+v", k)
		}
	})
}

// TestTwoAlgorithms: a file of PSKC with two algorithms for one key has no
// meaning; it is refused, and what stands around it is not.
func TestTwoAlgorithms(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var b box
		b.add("A1", "k", nil)
		b.add("A2", "odd", nil)
		b.add("A3", "k", nil)
		file := string(b.file(t))
		head, tail, _ := strings.Cut(file, `Id="odd"`)
		tail = strings.Replace(tail, "<", `<!-- a comment --><`, 1)
		twice := head + `Id="odd" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp"` + tail
		var rows []token.Row
		_, err := w.tokens.ImportFile(t.Context(), by(), w.of([]byte(twice), &rows))
		if f, ok := errors.AsType[*fault.Error](err); !ok || f.Kind != fault.Invalid || f.Code != "token.import_file" {
			t.Errorf("an attribute twice is no XML: %v, %+v", err, rows)
		}
		// The algorithm says HOTP and the data belong to TOTP: refused by row.
		mixed := strings.Replace(file, `Id="odd" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:hotp"`, `Id="odd" Algorithm="urn:example:unknown"`, 1)
		if mixed == file {
			t.Fatalf("the file has another form: %.600s", file)
		}
		s, err := w.tokens.ImportFile(t.Context(), by(), w.of([]byte(mixed), &rows))
		if err != nil || s.Refused != 1 || s.Imported+s.Duplicate != 2 || rows[1].Result != token.Refused || rows[1].Reason == "" {
			t.Errorf("%+v, %+v, %v", s, rows, err)
		}
	})
}

// TestAllOrNothing: a file with one fault leaves nothing but the record of the
// failure, and says what it was.
func TestAllOrNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		before := w.everything()
		var b box
		for i := range 1200 {
			b.add(fmt.Sprint("W", i), "k", nil)
		}
		good := b.file(t)
		b.add("W7", "k", nil)
		b.add("OLD", "k", func(p *pskc.KeyPackage) { p.Device.ExpiryDate = w.clock.Now().Add(-time.Hour) })
		var rows []token.Row
		in := w.of(b.file(t), &rows)
		in.AllOrNothing = true
		s, err := w.tokens.ImportFile(t.Context(), by(), in)
		if !fault.Is(err, "token.import_not_whole") || s.Imported != 0 || s.Duplicate != 1 || s.Refused != 1 || len(rows) != 1202 {
			t.Errorf("%+v, %d rows, %v", s, len(rows), err)
		}
		before["token_import"]++
		before["journal"]++
		if d := cmp.Diff(before, w.everything()); d != "" {
			t.Errorf("it left something else: %s", d)
		}
		if n := w.count("token_import WHERE state = 'failed' AND imported = 0 AND refused = 1 AND duplicate = 1"); n != 1 {
			t.Errorf("%d failures in the history", n)
		}
		in = w.of(good, &rows)
		in.AllOrNothing = true
		if s, err := w.tokens.ImportFile(t.Context(), by(), in); err != nil || s.Imported != 1200 || len(rows) != 1200 {
			t.Errorf("a good file: %+v, %v", s, err)
		}
	})
}

// everything counts the rows of all tables that an import writes to.
func (w *world) everything() map[string]int {
	w.t.Helper()
	n := map[string]int{}
	for _, table := range []string{"device", "token_key", "token_import", "journal"} {
		n[table] = w.count(table)
	}
	return n
}

func (w *world) count(from string, args ...any) (n int) {
	w.t.Helper()
	err := w.d.Read(context.Background(), func(tx *db.Tx) error {
		return tx.Row("SELECT COUNT(*) FROM "+from, args...).Scan(&n)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// TestFileChangesBetweenLooks: what is imported is what was looked at, or nothing.
func TestFileChangesBetweenLooks(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var good, bad box
		good.add("G", "k", nil)
		bad.add("G", "k", nil)
		bad.add("G", "k", nil)
		before, opened := w.everything(), 0
		in := w.of(nil, new([]token.Row))
		in.AllOrNothing = true
		in.Open = func() (io.ReadCloser, error) {
			if opened++; opened == 1 {
				return io.NopCloser(bytes.NewReader(good.file(t))), nil
			}
			return io.NopCloser(bytes.NewReader(bad.file(t))), nil
		}
		if _, err := w.tokens.ImportFile(t.Context(), by(), in); !fault.Is(err, "token.import_changed") {
			t.Errorf("%v", err)
		}
		if d := cmp.Diff(before, w.everything()); d != "" {
			t.Errorf("it left something: %s", d)
		}
	})
}

// TestCanceledImport: what was reported stays, the history says that it broke off,
// and the whole way leaves nothing.
func TestCanceledImport(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var b box
		for i := range 3000 {
			b.add(fmt.Sprint("K", i), "k", nil)
		}
		file := b.file(t)
		for _, whole := range []bool{true, false} {
			before := w.everything()
			ctx, stop := context.WithCancel(t.Context())
			var rows []token.Row
			in := w.of(file, &rows)
			in.AllOrNothing = whole
			sink := in.Sink
			in.Sink = func(r token.Row) error {
				if len(rows) == 1200 {
					stop()
				}
				return sink(r)
			}
			s, err := w.tokens.ImportFile(ctx, by(), in)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("whole %t: %+v, %v", whole, s, err)
			}
			after := w.everything()
			if whole {
				if d := cmp.Diff(before, after); d != "" {
					t.Errorf("the whole way left something: %s", d)
				}
				continue
			}
			if s.Imported == 0 || s.Imported == 3000 || after["device"]-before["device"] != int(s.Imported) || len(rows) != int(s.Imported) {
				t.Errorf("said %+v and %d rows; there are %d devices", s, len(rows), after["device"])
			}
			past, _, err := w.tokens.Imports(t.Context(), "", 10)
			if err != nil || len(past) != 1 || past[0].State != "failed" || past[0].Imported != s.Imported || past[0].File != nil || past[0].Reason == "" {
				t.Errorf("the history: %+v, %v", past, err)
			}
		}
	})
}

// TestHistoryAndRecord: the digests of file and report, in the history and in the
// one audit record.
func TestHistoryAndRecord(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var b box
		b.add("H1", "k", nil)
		b.add("H1", "k", nil)
		file := b.file(t)
		var rows []token.Row
		s, err := w.tokens.ImportFile(t.Context(), by(), w.of(file, &rows))
		if err != nil {
			t.Fatal(err)
		}
		report := sha256.New()
		for _, r := range rows {
			line, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			report.Write(append(line, '\n'))
		}
		sum := sha256.Sum256(file)
		past, _, err := w.tokens.Imports(t.Context(), "", 10)
		want := token.Past{Name: "box", State: "done", By: by().String(), File: sum[:], Report: report.Sum(nil), Created: w.clock.Now(), Ended: w.clock.Now()}
		want.Imported, want.Duplicate = 1, 1
		if d := cmp.Diff([]token.Past{want}, past, cmpopts.IgnoreFields(token.Past{}, "ID")); d != "" || err != nil {
			t.Errorf("%v %s", err, d)
		}
		if s.Digest != hex.EncodeToString(report.Sum(nil)) {
			t.Error("the summary's digest is not that of the rows")
		}
		var details []byte
		err = w.d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Row("SELECT details FROM journal WHERE kind = $1", token.AuditImported).Scan(&details)
		})
		var record map[string]any
		if err == nil {
			err = json.Unmarshal(details, &record)
		}
		if err != nil || record["report_sha256"] != s.Digest || record["file_sha256"] != hex.EncodeToString(sum[:]) || record["imported"] != 1.0 {
			t.Errorf("the record: %v, %v", record, err)
		}
		if n := w.count("journal WHERE kind = $1", token.AuditImported); n != 1 {
			t.Errorf("%d records of one import", n)
		}
	})
}

// TestDryRunChangesNothing, and works without a database.
func TestDryRunChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var b box
		b.add("Y1", "k", nil)
		b.add("Y1", "k", nil)
		before := w.everything()
		var with, without []token.Row
		if _, err := w.tokens.DryRun(t.Context(), w.of(b.file(t), &with)); err != nil {
			t.Fatal(err)
		}
		if _, err := token.DryRun(t.Context(), nil, w.of(b.file(t), &without)); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(with, without); d != "" || len(with) != 2 || with[1].Result != token.Duplicate {
			t.Errorf("%s %+v", d, with)
		}
		if d := cmp.Diff(before, w.everything()); d != "" {
			t.Errorf("it changed something: %s", d)
		}
	})
}

// TestImportsPage walks through the history.
func TestImportsPage(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range 5 {
			w.load(box{(&box{}).add(fmt.Sprint("P", i), "k", nil)})
			if i%2 == 0 {
				w.clock.Advance(time.Second)
			}
		}
		var got []token.Past
		for after := ""; ; {
			page, next, err := w.tokens.Imports(t.Context(), after, 2)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, page...)
			if after = next; next == "" {
				break
			}
		}
		if len(got) != 5 {
			t.Fatalf("%d imports", len(got))
		}
		for i := range got[1:] {
			if got[i].Created.Before(got[i+1].Created) {
				t.Errorf("%v stands before %v", got[i].Created, got[i+1].Created)
			}
		}
	})
}
