package movein_test

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/movein"
)

// examine reads a text without a database.
func examine(t testing.TB, text string) (movein.Summary, []movein.Row, error) {
	t.Helper()
	var rows []movein.Row
	s, err := movein.Examine(t.Context(), movein.Import{
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil },
		Sink: func(r movein.Row) error { rows = append(rows, r); return nil },
	})
	return s, rows, err
}

// TestFileForms: the forms that spreadsheets and old servers write.
func TestFileForms(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"commas":        "number,serial,counter\n1,S1,5\n",
		"BOM":           "\ufeffnumber,serial,counter\r\n1,S1,5\r\n",
		"semicolons":    "Number; Serial ;COUNTER\n1;S1;5",
		"tabs":          "number\tserial\tcounter\n1\tS1\t5\n",
		"quotes":        "\"number\",\"serial\",\"counter\"\n\"1\",\"S1\",\"5\"\n",
		"blank lines":   "\n\nnumber,serial,counter\n\n1,S1,5\n\n",
		"other order":   "verified,counter,number,serial,phone\nno,5,1,S1,+4791234567\n",
		"JSON":          `{"number":"1","tokens":[{"serial":"S1","counter":5,"drift_seconds":-1.5,"expires":"2030-01-31"}],"contacts":[{"kind":"phone","value":"tel:+4791234567","verified":true}]}`,
		"JSON with BOM": "\ufeff\n  {\"number\":\"1\",\"tokens\":[{\"serial\":\"S1\"}]}\n\n",
	} {
		if s, rows, err := examine(t, text); err != nil || s.Created != 1 || len(rows) != 1 || rows[0].Number != "1" || !slices.Equal(rows[0].Tokens, []string{"S1"}) {
			t.Errorf("%s: %+v, %v", name, rows, err)
		}
	}
}

// TestFilesThatAreNone: what cannot be read at all is refused with advice, and nothing
// of a file that may not name its columns is repeated.
func TestFilesThatAreNone(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"":                               "it is empty",
		" \n\n":                          "it is empty",
		"\xff\xfen\x00u\x00":             "UTF-16",
		"[{\"number\":\"1\"}]":           "one object a line",
		"name,phone\nKari,+4791234567\n": "one of them is number",
		"10001,Kari,hunter2hunter2\n":    "one of them is number",
		"number,shoe size\n1,42\n":       `there is no column "shoe_size"`,
		"number,name,number\n1,Kari,2\n": "the column number is there twice",
		"number,n\xe4me\n1,Kari\n":       "first line cannot be read",
		"\"number,name\n1,Kari\n":        "first line cannot be read",
		"number,name\n1,Kari\n2,\"Ola\n" + strings.Repeat("3,Per\n", 40_000): "a row behind row 1 is longer than 65536 bytes, or a quote in it is not closed",
	} {
		_, _, err := examine(t, text)
		if !fault.Is(err, "movein.file") || fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%.40q: %v, want %q", text, err, says)
		}
	}
	broken := errors.New("the disk is broken")
	_, err := movein.Examine(t.Context(), movein.Import{Open: func() (io.ReadCloser, error) { return nil, broken }})
	if !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

// TestRowsOfJSON: what is wrong with one line does not hold up the others.
func TestRowsOfJSON(t *testing.T) {
	t.Parallel()
	lines := []struct{ text, code, says string }{
		{`{"number":"1"}`, "", ""},
		{`{"number":2}`, movein.RefusedForm, "number has another form"},
		{`{"number":"3","tokens":[{"serial":"S","counter":"5"}]}`, movein.RefusedForm, "counter has another form"},
		{`{"number":"4","tokens":[{"serial":"S","counter":5.5}]}`, movein.RefusedForm, "counter has another form"},
		{`{"number":"5","shoe_size":42}`, movein.RefusedForm, `there is no field "shoe_size"`},
		{`{"number":"6"} {"number":"7"}`, movein.RefusedForm, "not one JSON object"},
		{`{"number":"8"`, movein.RefusedForm, "not one JSON object"},
		{`null and void`, movein.RefusedForm, "not one JSON object"},
		{"{\"number\":\"9\xff\"}", movein.RefusedForm, "not UTF-8"},
		{`{"number":"10","name":"` + strings.Repeat("x", 70_000) + `"}`, movein.RefusedForm, "longer than 65536 bytes"},
		{`{"number":"11","contacts":[{"kind":"fax","value":"1"}]}`, movein.RefusedContact, "a phone, an email or a post"},
		{`{"number":"12","tokens":[{"serial":"S"},{"serial":"s"}]}`, movein.RefusedForm, "a token is there twice"},
		{`{"number":"13","tokens":[{"counter":5}]}`, movein.RefusedForm, "no serial number"},
		{`{"number":"14","tokens":[{"serial":"S14","expires":"31.1.2030"}]}`, movein.RefusedForm, "no date such as 2030-01-31"},
		{`{"number":"15","tokens":[{"serial":"S15","drift_seconds":1e300}]}`, movein.RefusedForm, "out of range"},
		{`{"number":"16","tokens":[` + strings.TrimSuffix(strings.Repeat(`{"serial":"S"},`, 21), ",") + `]}`, movein.RefusedForm, "more tokens than"},
		{`{"number":"17","tokens":[{"serial":"A17"},{"serial":"B17"}]}`, "", ""},
	}
	var text strings.Builder
	for _, l := range lines {
		text.WriteString(l.text + "\n")
	}
	_, rows, err := examine(t, text.String())
	if err != nil || len(rows) != len(lines) {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, r := range rows {
		if want := lines[i]; r.Code != want.code || !strings.Contains(r.Reason, want.says) || r.Row != i+1 || r.Line != i+1 {
			t.Errorf("%.60s: %+v, want %q", want.text, r, want.says)
		}
	}
}

// TestPhones: what address books make of numbers is undone; a number without country
// code is not guessed.
func TestPhones(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for typed, want := range map[string]string{
			"+47 912 34 567": "+4791234567", "0047 912 34 567": "+4791234567", "tel:+47-912-34-567": "+4791234567",
			"+43 (0) 664 123 45 67": "+436641234567", "+43(0)664/1234567": "+436641234567", "＋47９１２３４５６７": "+4791234567",
			"988 76 543": "", "0664 1234567": "", "4791234567": "", "+47 912 34 567 ext. 5": "", "+0 12345678": "", "n/a": "", "00": "",
		} {
			number := fmt.Sprintf("%x", typed)[:min(40, 2*len(typed))]
			_, rows := w.load("number,phone\n" + number + "," + typed + "\n")
			if want == "" {
				if rows[0].Code != movein.RefusedContact || strings.Contains(rows[0].Reason, typed) {
					t.Errorf("%q: %+v", typed, rows[0])
				}
				continue
			}
			c, err := w.Customers.GetByNumber(t.Context(), number)
			if err != nil {
				t.Errorf("%q: %+v, %v", typed, rows, err)
				continue
			}
			if all, err := w.Customers.Contacts(t.Context(), c.ID); err != nil || len(all) != 1 || all[0].Value != want {
				t.Errorf("%q: %+v, %v", typed, all, err)
			}
		}
	})
}

// TestNothingSecretIsRepeated: whatever column a secret stands in, it is in no report, no
// error and no audit record (invariant 7).
func TestNothingSecretIsRepeated(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.passwords()
		const secret, pin = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e", "83620417"
		columns := []string{"number", "name", "locale", "phone", "email", "post", "verified", "password", "serial", "manufacturer", "token_name", "counter", "sign_counter", "drift_seconds", "pin", "token_expires"}
		var table, lines strings.Builder
		table.WriteString(strings.Join(columns, ",") + "\n")
		for i := range columns {
			for _, value := range []string{secret, "hunter2 hunter2"} {
				cells := make([]string, len(columns))
				cells[0] = fmt.Sprint("N", i, len(value))
				cells[14] = pin
				cells[i] = value
				table.WriteString(strings.Join(cells, ",") + "\n")
			}
		}
		table.WriteString("Q\"," + secret + "\n")
		for i := range columns { // and as JSON would have it
			fmt.Fprintf(&lines, `{"%s":"%s","pin":"%s"}`+"\n", columns[i], secret, pin)
		}
		_, rows := w.load(table.String())
		said := fmt.Sprintf("%+v\n%s", rows, w.journal())
		_, objects, err := examine(t, lines.String())
		said += fmt.Sprintf("%+v %v", objects, err)
		for _, s := range []string{secret, strings.ToUpper(secret), secret[8:40], "hunter2", pin} {
			if i := strings.Index(said, s); i >= 0 {
				t.Errorf("%q is repeated: %.200s", s, said[max(i-100, 0):])
			}
		}
		if len(rows) < 30 || len(objects) != len(columns) {
			t.Errorf("only %d and %d rows were read", len(rows), len(objects))
		}
	})
}

// TestLongFile: a file of many rows needs little memory.
func TestLongFile(t *testing.T) {
	t.Parallel()
	const n = 50_000
	r, out := io.Pipe()
	go func() {
		_, err := io.WriteString(out, "number,name,serial,counter\n")
		for i := 0; i < n && err == nil; i++ {
			_, err = fmt.Fprintf(out, "%d,Customer %d,S%d,5\n", i, i, i)
		}
		out.CloseWithError(err)
	}()
	var peak, now runtime.MemStats
	s, err := movein.Examine(t.Context(), movein.Import{
		Open: func() (io.ReadCloser, error) { return r, nil },
		Progress: func(rows, _ int64) {
			if rows%10_000 != 1 {
				return
			}
			runtime.GC()
			if runtime.ReadMemStats(&now); now.HeapAlloc > peak.HeapAlloc {
				peak = now
			}
		},
	})
	if err != nil || s.Created != n || peak.HeapAlloc == 0 || peak.HeapAlloc > 48<<20 {
		t.Errorf("%+v, heap %d MiB, %v", s, peak.HeapAlloc>>20, err)
	}
}

func FuzzFile(f *testing.F) {
	f.Add("number,name,phone,email,serial,counter,drift_seconds,password\n20001,Kari,+4791234567,,S1,500,,\n")
	f.Add("\ufeffnumber;post;verified\n1;\"a\nb\";yes\n")
	f.Add(`{"number":"1","tokens":[{"serial":"S1","counter":5,"drift_seconds":-1.5,"expires":"2030-01-31"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		s, rows, err := examine(t, text)
		if int64(len(rows)) != s.Rows() || s.Created+s.Unchanged+s.Duplicate+s.Refused != s.Rows() {
			t.Errorf("%+v, %d rows", s, len(rows))
		}
		if err != nil && !fault.Is(err, "movein.file") {
			t.Errorf("%v", err)
		}
	})
}
