package oath_test

import (
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/oath"
)

func newOCRA(t testing.TB, input string) *oath.OCRA {
	t.Helper()
	return must(oath.NewOCRA(must(oath.ParseSuite("OCRA-1:HOTP-SHA256-8:"+input))(t), rfcKey))(t)
}

// TestModesRefuse checks which suites the modes of RFC 6287, section 7, allow.
func TestModesRefuse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		server, client string
		mutual, signed string // part of the error
	}{
		{"QA08", "QA08", "", ""},
		{"QA08", "C-QA08-PSHA1-T1M", "", ""},
		{"C-QA08-T1M", "QA08", "", ""},
		{"QA08-S064", "QA08-S064", "", "session"},
		{"QA08", "QA08-S064", "", "session"},
		{"QA08-PSHA1", "QA08", "only the client knows", "only the client knows"},
		{"QA08", "QN08", "different questions", "different questions"},
		{"QA08", "QA10", "different questions", "different questions"},
	} {
		server, client := newOCRA(t, tt.server), newOCRA(t, tt.client)
		_, err := oath.NewMutual(server, client)
		_, serr := oath.NewServerSignature(server, client)
		for want, err := range map[string]error{"m" + tt.mutual: err, "s" + tt.signed: serr} {
			if (err == nil) != (want[1:] == "") || err != nil && !strings.Contains(err.Error(), want[1:]) {
				t.Errorf("%s, %s: %v, want %q", tt.server, tt.client, err, want)
			}
		}
	}
	for input, ok := range map[string]bool{"QA08": true, "C-QN08-PSHA1-T1M": true, "QA08-S064": false} {
		if _, err := oath.NewSignature(must(oath.ParseSuite("OCRA-1:HOTP-SHA1-6:"+input))(t), rfcKey); (err == nil) != ok {
			t.Errorf("NewSignature(%s): %v", input, err)
		}
	}
	if _, err := oath.NewSignature(oath.Suite{}, rfcKey); err == nil {
		t.Error("NewSignature accepted no suite")
	}
}

// TestMutualExchange plays section 7.2 between two parties, with counter, PIN,
// session and time, and checks that neither answer serves as the other.
func TestMutualExchange(t *testing.T) {
	t.Parallel()
	const server, client = "C-QN08-S064-T1M", "C-QN08-PSHA1-S064-T1M"
	token := must(oath.NewMutual(newOCRA(t, server), newOCRA(t, client)))(t)
	bank := must(oath.NewMutual(newOCRA(t, server), newOCRA(t, client)))(t)
	now := time.Unix(1.2e9, 0)
	in := oath.Input{Counter: 5, Session: []byte("session"), Time: now}
	pin := in
	pin.PIN = newOCRA(t, client).Suite().HashPIN("1234")

	rs := must(bank.ServerResponse("11112222", "33334444", in))(t)
	if m, ok, err := token.FindServer(rs, "11112222", "33334444", in, 1, oath.Window{}); !ok || err != nil || m.Counter != 5 {
		t.Fatalf("the token refuses the server: %v, %v, %v", m, ok, err)
	}
	rc := must(token.ClientResponse("11112222", "33334444", pin))(t)
	behind := pin
	behind.Counter, behind.Time = 3, now.Add(-time.Minute)
	m, ok, err := bank.FindClient(rc, "11112222", "33334444", behind, 10, oath.Window{Steps: 1})
	if !ok || err != nil || m.Counter != 5 || m.Drift != 1 {
		t.Errorf("the server refuses the token: %+v, %v, %v", m, ok, err)
	}
	for name, f := range map[string]func() (oath.Match, bool, error){
		"RS as RC": func() (oath.Match, bool, error) {
			return bank.FindClient(rs, "11112222", "33334444", pin, 10, oath.Window{})
		},
		"RC as RS": func() (oath.Match, bool, error) {
			return token.FindServer(rc, "11112222", "33334444", in, 10, oath.Window{})
		},
		"other question": func() (oath.Match, bool, error) {
			return bank.FindClient(rc, "11112222", "33334445", pin, 10, oath.Window{})
		},
	} {
		if _, ok, err := f(); ok || err != nil {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
	}
	if _, _, err := bank.FindClient(rc, "11112222", "33334444", in, 1, oath.Window{}); err == nil {
		t.Error("a missing PIN was accepted")
	}
}

// TestMutualReflection checks that with one suite and key for both sides the
// answer to a pair of questions does not serve with the roles exchanged.
func TestMutualReflection(t *testing.T) {
	t.Parallel()
	m := must(oath.NewMutual(newOCRA(t, "QA08"), newOCRA(t, "QA08")))(t)
	rs := must(m.ServerResponse("CLIENT11", "SERVER22", oath.Input{}))(t)
	if _, ok, _ := m.FindClient(rs, "CLIENT11", "SERVER22", oath.Input{}, 1, oath.Window{}); ok {
		t.Error("the server's own answer was accepted as the client's")
	}
}

// TestMutualQuestions checks that both questions must be there.
func TestMutualQuestions(t *testing.T) {
	t.Parallel()
	m := must(oath.NewMutual(newOCRA(t, "QA08"), newOCRA(t, "QA08")))(t)
	for _, q := range [][2]string{{"", "SERVER22"}, {"CLIENT11", ""}, {"", ""}, {"CLIENT111", "SERVER22"}, {"CLIENT11SERVER22", ""}} {
		if code, err := m.ServerResponse(q[0], q[1], oath.Input{}); err == nil {
			t.Errorf("ServerResponse(%q, %q) = %s", q[0], q[1], code)
		}
		if code, err := m.ClientResponse(q[0], q[1], oath.Input{}); err == nil {
			t.Errorf("ClientResponse(%q, %q) = %s", q[0], q[1], code)
		}
		if _, _, err := m.FindClient("12345678", q[0], q[1], oath.Input{}, 1, oath.Window{}); err == nil {
			t.Errorf("FindClient(%q, %q) has no error", q[0], q[1])
		}
	}
}

// TestServerSignature plays section 7.3.2: the client signs only for a server
// that proved itself, and a changed signature challenge is refused.
func TestServerSignature(t *testing.T) {
	t.Parallel()
	m := must(oath.NewServerSignature(newOCRA(t, "QN10"), newOCRA(t, "C-QN10-PSHA256")))(t)
	in := oath.Input{Counter: 9, PIN: newOCRA(t, "QN10-PSHA256").Suite().HashPIN("0000")}
	rs := must(m.ServerResponse("1000000001", "4711001250", oath.Input{}))(t)
	if _, ok, err := m.FindServer(rs, "1000000001", "4711001250", oath.Input{}, 1, oath.Window{}); !ok || err != nil {
		t.Fatalf("the server's response: %v, %v", ok, err)
	}
	if _, ok, _ := m.FindServer(rs, "1000000001", "4711001251", oath.Input{}, 1, oath.Window{}); ok {
		t.Error("the server's response stands for another challenge")
	}
	sign := must(m.ClientResponse("1000000001", "4711001250", in))(t)
	if _, ok, err := m.FindClient(sign, "1000000001", "4711001250", in, 1, oath.Window{}); !ok || err != nil {
		t.Errorf("the signature: %v, %v", ok, err)
	}
	if _, ok, _ := m.FindClient(sign, "1000000001", "4711009250", in, 1, oath.Window{}); ok {
		t.Error("the signature stands for another amount")
	}
}
