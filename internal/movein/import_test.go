package movein_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/movein"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/token"
)

// horse is a hash of "correct horse" by another program.
const horse = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"

// TestMovesIn: after an import customers go on where they were: the next code of their
// token works at once and a spent one does not, their password is the one that it
// was, and they can be reached.
func TestMovesIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.passwords()
		w.stock("S1", "S2", "T1")
		s := w.good("number;name;locale;phone;email;post;verified;password;serial;token_name;counter;drift_seconds\n" +
			"1-0001;Kari  Nordmann;nb;0047 912 34 567;Kari@Example.com;\"Storgata 1\n0155 Oslo\";yes;" + horse + ";s-1;\"At home; red\";500;\n" +
			"10002;Ola;;;;;;;T1;;;240\n" +
			"10002;;;;;;;;S2;;7000;\n")
		if s.Customers != 2 || s.Contacts != 3 || s.Tokens != 3 || s.Missing != 0 || s.Passwords[password.Bcrypt] != 1 || s.Created != 3 {
			t.Errorf("%+v", s)
		}
		for code, granted := range map[string]bool{hotp("S1", 499): false, hotp("S1", 101): false} {
			if o := w.login("10001", "web", code); (o.State == hub.Granted) != granted {
				t.Errorf("%+v", o)
			}
		}
		if o := w.login("10001", "web", hotp("S1", 500)); o.State != hub.Granted {
			t.Errorf("the first code here: %+v", o)
		}
		if o := w.login("10002", "web", w.totp("T1", 4*time.Minute)); o.State != hub.Granted {
			t.Errorf("a clock that is ahead: %+v", o)
		}
		if o := w.login("10002", "web", hotp("S2", 7001)); o.State != hub.Granted {
			t.Errorf("a second token: %+v", o)
		}
		if o := w.login("10001", "password", "correct horse"); o.State != hub.Granted || o.Factors != authenticator.Knowledge {
			t.Errorf("the password: %+v", o)
		}
		if n := w.count("password WHERE needs_rehash = 0"); n != 1 {
			t.Error("not hashed anew at the first login")
		}
		c, err := w.Customers.GetByNumber(t.Context(), "10001")
		if err != nil || c.Name != "Kari Nordmann" || c.Locale != "nb" {
			t.Errorf("%+v, %v", c, err)
		}
		contacts, err := w.Customers.Contacts(t.Context(), c.ID)
		got := map[customer.Kind]string{}
		for _, k := range contacts {
			if got[k.Kind] = k.Value; k.Verified.IsZero() {
				t.Errorf("%s is not verified", k.Kind)
			}
		}
		if d := cmp.Diff(map[customer.Kind]string{customer.Phone: "+4791234567", customer.Email: "kari@example.com", customer.Post: "Storgata 1\n0155 Oslo"}, got); err != nil || d != "" {
			t.Errorf("%v: %s", err, d)
		}
		items, err := w.Tokens.OfCustomer(t.Context(), c.ID)
		if err != nil || len(items) != 1 || items[0].Device.Name != "At home; red" || items[0].Device.Status != device.Active {
			t.Errorf("%+v, %v", items, err)
		}
	})
}

// report is a file with a row of each kind, and what is to be said of it.
var report = []struct {
	row, code string
	result    movein.Result
	reason    string
}{
	{"20001,Kari,+4791234567,,S1,500,,", "", movein.Created, ""},
	{"20001,Kari Again,,,,,,", "", movein.Duplicate, "a customer with this number came earlier"},
	{"20001,,,,S1,500,,", "", movein.Duplicate, "all of this row came earlier"},
	{"20001,,,,S2,600,,", "", movein.Created, ""},
	{"20001,,,,,,,", "", movein.Duplicate, "came earlier"},
	{"20002,Ola,,,S1,700,,", token.RefusedTaken, movein.Refused, "S1: the token is another customer's"},
	{"HERE,New Name,,,,,,", "", movein.Unchanged, "a customer with this number is here already"},
	{"HERE,,,,S3,500,,", "", movein.Created, ""},
	{"HERE,,,," + "S3,500,," + horse, movein.RefusedPartly, movein.Refused, "a part of what this row brings"},
	{"HERE,,,," + ",,," + horse, "", movein.Created, ""},
	{"HERE,,,," + ",,," + horse, "", movein.Duplicate, "all of this row"},
	{"OWNER,,,,HELD,5,,", "", movein.Unchanged, "all of this row is here already"},
	{"20003,Per,,,HELD,500,,", token.RefusedTaken, movein.Refused, "HELD: the token is another customer's"},
	{"20004,Per,,,NOWHERE,500,,", token.RefusedMissing, movein.Refused, "NOWHERE: the token is not here"},
	{"20005,Per,,,S4,99,,", token.RefusedCounter, movein.Refused, "S4: the counter is 99, lower than the 100"},
	{"20006,Per,,,S4,,,", token.RefusedCounter, movein.Refused, "S4: the token counts events"},
	{"20007,Per,,,T1,,90000,", token.RefusedClock, movein.Refused, "T1: the token's clock is off by 25h0m0s"},
	{"20008,Per,,,S4,1x,,", movein.RefusedForm, movein.Refused, "counter is not a whole number"},
	{"20009,Per,,,S4,-5,,", movein.RefusedForm, movein.Refused, "counter is not a whole number"},
	{"20010,Per,,,T1,,soon,", movein.RefusedForm, movein.Refused, "drift_seconds is not a number"},
	{"20011,Per,,,T1,,NaN,", movein.RefusedForm, movein.Refused, "drift_seconds is out of range"},
	{"20012,Per,91234567,,,,,", movein.RefusedContact, movein.Refused, "international form"},
	{"20013,Per,4.79123E+10,,,,,", movein.RefusedContact, movein.Refused, "international form"},
	{"20014,Per,,kari@,,,,", movein.RefusedContact, movein.Refused, "e-mail address"},
	{"20015,Per,,,,,,$2b$04$tooshort", movein.RefusedPassword, movein.Refused, "the password: it is a bcrypt hash that cannot be read"},
	{"20016,Per,,,,,,Passw0rd!", movein.RefusedPassword, movein.Refused, "passwords in clear are not taken"},
	{"20017,Per,,,,,,$2b$31$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e", movein.RefusedPassword, movein.Refused, "costs too much"},
	{"§20018,Per,,,,,,", movein.RefusedNumber, movein.Refused, "A customer number has"},
	{",Per,,,,,,", movein.RefusedNumber, movein.Refused, "A customer number has"},
	{"20019,\x07,,,,,,", movein.RefusedDetails, movein.Refused, "A name has"},
	{"20020,Per,,,,,", movein.RefusedForm, movein.Refused, "the row has 7 fields, and there are 8 columns"},
	{"20021,P\xe9r,,,,,,", movein.RefusedForm, movein.Refused, "not UTF-8"},
	{"20022,Per,,,,5,,", movein.RefusedForm, movein.Refused, "a token has no serial number"},
	{"GONE,,,,S4,500,,", movein.RefusedCustomer, movein.Refused, "the customer is closed"},
	{"20023,Per,,,S4,500,,", "", movein.Created, ""},
	{"20024,Pe\"r,,,,,,", movein.RefusedForm, movein.Refused, "the quotes in this row are wrong"},
	{"20025,Anne,+47 (0) 22 33 44 55,,,,,", "", movein.Created, ""},
}

const reportHead = "number,name,phone,email,serial,counter,drift_seconds,password\n"

// settled prepares what the rows of report speak of.
func (w *world) settled() string {
	w.t.Helper()
	w.passwords()
	w.stock("S1", "S2", "S3", "S4", "HELD", "T1")
	w.good("number,name,serial,counter\nHERE,Somebody,,\nOWNER,Owner,HELD,500\nGONE,Gone,,\n")
	c, err := w.Customers.GetByNumber(w.t.Context(), "GONE")
	if err == nil {
		err = w.Customers.Close(w.t.Context(), by(), c.ID, "test")
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.clock.Advance(time.Hour)
	var rows []string
	for _, r := range report {
		rows = append(rows, r.row)
	}
	return reportHead + strings.Join(rows, "\n") + "\n"
}

// TestReport: every result and its reason, and a dry run says the same and changes
// nothing.
func TestReport(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		text := w.settled()
		before := w.everything()
		var dry, real []movein.Row
		ds, err := w.DryRun(t.Context(), w.file(text, &dry))
		if err != nil || !cmp.Equal(before, w.everything()) {
			t.Fatalf("a dry run: %v, %s", err, cmp.Diff(before, w.everything()))
		}
		rs, err := w.ImportFile(t.Context(), by(), w.file(text, &real))
		if err != nil || rs.Rows() != int64(len(report)) {
			t.Fatalf("%+v, %v", rs, err)
		}
		sum := sha256.New()
		for i, r := range real {
			want := report[i]
			if r.Result != want.result || r.Code != want.code || !strings.Contains(r.Reason, want.reason) || want.reason == "" && r.Reason != "" || r.Row != i+1 || r.Line != i+2 {
				t.Errorf("%q: %+v; want %s %s %q", want.row, r, want.result, want.code, want.reason)
			}
			line, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			sum.Write(append(line, '\n'))
		}
		if d := cmp.Diff(real, dry); d != "" || !cmp.Equal(ds, rs) {
			t.Errorf("a dry run said %s%s", cmp.Diff(rs, ds), d)
		}
		digest := hex.EncodeToString(sum.Sum(nil))
		file := sha256.Sum256([]byte(text))
		if rs.Digest != digest || rs.Missing != 1 || rs.Tokens != 4 || rs.Customers != 3 {
			t.Errorf("%+v", rs)
		}
		journal := w.journal()
		for _, want := range []string{movein.AuditBegun, movein.AuditImported, `"report_sha256":"` + digest, `"file_sha256":"` + hex.EncodeToString(file[:]), `"state":"done"`, `"tokens_missing":1`} {
			if !strings.Contains(journal, want) {
				t.Errorf("the audit log has no %s", want)
			}
		}
	})
}

// TestAgain: an import that is repeated changes nothing.
func TestAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		text := w.settled()
		w.load(text)
		w.clock.Advance(time.Hour)
		before := w.everything()
		s, rows := w.load(text)
		if before["journal"] += 2; !cmp.Equal(before, w.everything()) || s.Created != 0 {
			t.Errorf("%+v, %s", s, cmp.Diff(before, w.everything()))
		}
		if r := rows[0]; r.Result != movein.Unchanged {
			t.Errorf("%+v", r)
		}
	})
}

// TestAllOrNothing: a file with one fault leaves nothing but the record of the
// failure, and says what it was.
func TestAllOrNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.passwords()
		w.stock("S1", "S2")
		good := "number,name,serial,counter,password\n10001,Kari,S1,500," + horse + "\n10002,Ola,S2,500,\n"
		before := w.everything()
		var rows []movein.Row
		in := w.file(good+"10003,Per,S9,1,\n", &rows)
		in.AllOrNothing = true
		s, err := w.ImportFile(t.Context(), by(), in)
		if !fault.Is(err, "movein.not_whole") || s.Created != 0 || s.Refused != 1 || s.Missing != 1 || s.Tokens+s.Customers != 0 || len(rows) != 3 {
			t.Errorf("%+v, %v", s, err)
		}
		if before["journal"] += 2; !cmp.Equal(before, w.everything()) || !strings.Contains(w.journal(), `"state":"failed"`) {
			t.Errorf("%s", cmp.Diff(before, w.everything()))
		}
		in = w.file(good, &rows)
		in.AllOrNothing = true
		s, err = w.ImportFile(t.Context(), by(), in)
		if err != nil || s.Created != 2 || len(rows) != 2 || w.count("customer") != 2 {
			t.Errorf("%+v, %v", s, err)
		}
		if o := w.login("10001", "web", hotp("S1", 500)); o.State != hub.Granted {
			t.Errorf("%+v", o)
		}
	})
}

// TestExamine: without a database the form of the rows is judged, and what they say of
// each other.
func TestExamine(t *testing.T) {
	t.Parallel()
	var rows []movein.Row
	text := "number,name,serial,counter,password\n1,Kari,S1,5," + horse + "\n1,Kari,,,\n2,Ola,S1,6,\n3,Per,S2,,hunter2\n1,,S1,5,\n1,,S1,5," + horse + "\n"
	s, err := movein.Examine(t.Context(), movein.Import{
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil },
		Sink: func(r movein.Row) error { rows = append(rows, r); return nil },
	})
	want := []movein.Result{movein.Created, movein.Duplicate, movein.Refused, movein.Refused, movein.Duplicate, movein.Duplicate}
	for i, r := range rows {
		if r.Result != want[i] {
			t.Errorf("%+v, want %s", r, want[i])
		}
	}
	if err != nil || s.Rows() != 6 || len(rows) != len(want) {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestNoPolicyForPasswords: a password that nothing asks for is not taken.
func TestNoPolicyForPasswords(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s, rows := w.load("number,password\n1," + horse + "\n2,\n")
		if s.Refused != 1 || rows[0].Code != movein.RefusedPolicy || w.count("password") != 0 || w.count("customer") != 1 {
			t.Errorf("%+v", rows)
		}
	})
}

// TestTwoImportsAtOnce: two files give the same tokens and numbers to different customers;
// each is taken once, and the reports say which.
func TestTwoImportsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const n = 120
		var serials []string
		for i := range n {
			serials = append(serials, fmt.Sprintf("S%04d", i))
		}
		w.stock(serials...)
		file := func(side int) string {
			var text strings.Builder
			text.WriteString("number,name,serial,counter\n")
			for i, s := range serials {
				number := fmt.Sprintf("%d-%d", side, i)
				if i%3 == 0 {
					number = fmt.Sprintf("both%d", i)
				}
				fmt.Fprintf(&text, "%s,Side %d,%s,%d\n", number, side, s, 500+side)
			}
			return text.String()
		}
		var sides [2]movein.Summary
		var wg sync.WaitGroup
		for side := range sides {
			wg.Go(func() {
				var rows []movein.Row
				in := w.file(file(side), &rows)
				s, err := w.ImportFile(context.Background(), by(), in)
				if err != nil {
					t.Error(err)
				}
				sides[side] = s
			})
		}
		wg.Wait()
		if sides[0].Created+sides[1].Created != n || w.count("customer") != n || w.count("device WHERE status = 'active'") != n || w.count("authenticator") != n {
			t.Errorf("%+v, %d customers", sides, w.count("customer"))
		}
		err := w.DB.Read(t.Context(), func(tx *db.Tx) error { // whose token, his counter
			return tx.Each("SELECT c.name, k.next_value FROM device d JOIN customer c ON c.id = d.customer JOIN token_key k ON k.device = d.id", nil, func(r db.Row) error {
				var name string
				var next int
				err := r.Scan(&name, &next)
				if name != fmt.Sprintf("Side %d", next-500) {
					t.Errorf("%s has a token whose counter is %d", name, next)
				}
				return err
			})
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// TestReserved: a token that somebody has reserved in a registration goes to its owner all
// the same, and the registration ends.
func TestReserved(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.stock("S1")
		err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO registration (customer, id, code, policy, channel, state, device, question, created_at, expires_at, ended_at)
				SELECT $1, $2, $3, 'secure-code', 'web', 'reserved', id, '', $4, $5, NULL FROM device`, make16(1), make16(2), make16(3), tx.Now, tx.Now.Add(time.Hour))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		w.good("number,serial,counter\n1,S1,500\n")
		if n := w.count("registration WHERE state = 'abandoned'"); n != 1 {
			t.Errorf("the registration goes on")
		}
	})
}

func make16(b byte) []byte { return append(make([]byte, 15), b) }
