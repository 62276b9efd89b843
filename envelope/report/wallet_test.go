package report_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/countersign-auth/countersign/envelope/report"
)

// id is one of 16 octets, in base64.
const id = `"AAECAwQFBgcICQoLDA0ODw=="`

// Bad requests are refused with the place of what is wrong; good ones come back as they are.
func TestWalletRequests(t *testing.T) {
	t.Parallel()
	for body, field := range map[string]string{
		`{}`:                                       "",
		`{"cards":{},"post":{}}`:                   "",
		`{"cards":{"all":true}}`:                   "/cards",
		`{"add":{"card":` + id + `}}`:              "/add/with",
		`{"add":{"card":` + id + `,"with":[0]}}`:   "/add/with/0",
		`{"add":{"card":` + id + `,"with":[256]}}`: "/add/with/0",
		`{"add":{"card":` + id + `,"with":[1,2,3,4,5,6,7,8,9]}}`:                                                    "/add/with",
		`{"add":{"card":"AAEC","with":[1]}}`:                                                                        "/add/card",
		`{"add":{"card":` + id + `,"with":[1],"exchange":"AAEC"}}`:                                                  "/add/exchange",
		`{"add":{"card":` + id + `,"with":[1],"pin":"123"}}`:                                                        "/add/pin",
		`{"add":{"card":` + id + `,"with":[1],"pin":"12a4"}}`:                                                       "/add/pin",
		`{"hold":{"token":null}}`:                                                                                   "/hold/token",
		`{"hold":{}}`:                                                                                               "/hold/token",
		`{"renew":{"token":` + id + `,"renewal":1,"index":"6783400"}}`:                                              "/renew/renewal",
		`{"renew":{"token":` + id + `,"renewal":2,"index":"678340"}}`:                                               "/renew/index",
		`{"renew":{"token":` + id + `,"renewal":2,"index":"6783400","paid":[{"from":0,"to":1}]}}`:                   "/renew/paid/0",
		`{"renew":{"token":` + id + `,"renewal":2,"index":"6783400","paid":[{"from":1,"to":2},{"from":2,"to":3}]}}`: "/renew/paid/1",
		`{"post":{"had":["AAEC"]}}`:                                                                                 "/post/had/0",
		`{"post":{"had":[` + strings.Repeat(id+",", report.MaxLetters) + id + `]}}`:                                 "/post/had",
		`{"stand_in":{"token":` + id + `,"index":"6783400","first":"AAEC","pin":"4711"}}`:                           "/stand_in/first",
		`{"stand_in":{"token":` + id + `,"index":"6783400","first":` + id + `}}`:                                    "/stand_in/pin",
		`{"release":{"token":` + id + `,"pin":"1234567890123"}}`:                                                    "/release/pin",
	} {
		in, err := report.Read[report.Wallet]([]byte(body))
		if err == nil {
			if wrong := in.Check(); wrong != nil {
				err = wrong
			}
		}
		var wrong *report.Error
		if !errors.As(err, &wrong) || wrong.Field != field {
			t.Errorf("%s: %v, want a fault of %q", body, err, field)
		}
	}
}

func FuzzWallet(f *testing.F) {
	f.Add([]byte(`{"add":{"card":` + id + `,"with":[1,2],"how":"crossed","sealed":true,"pin":"4711"}}`))
	f.Add([]byte(`{"renew":{"token":` + id + `,"renewal":2,"index":"6783400","paid":[{"from":1,"to":2},{"from":4,"to":4}]}}`))
	f.Add([]byte(`{"stand_in":{"token":` + id + `,"index":"6783400","first":` + id + `,"pin":"4711"}}`))
	f.Add([]byte(`{"post":{"had":[` + id + `]}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := report.Read[report.Wallet](b)
		if err != nil || got.Check() != nil {
			return
		}
		again, err := report.Append(nil, got)
		if err != nil {
			t.Fatal(err)
		}
		same, err := report.Read[report.Wallet](again)
		if err != nil {
			t.Fatalf("%s: %v", again, err)
		}
		if d := cmp.Diff(got, same, cmpopts.EquateEmpty()); d != "" {
			t.Error(d)
		}
	})
}
