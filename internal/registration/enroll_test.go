package registration_test

import (
	"slices"
	"testing"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/registration"
	"github.com/countersign-auth/countersign/oath"
	"github.com/countersign-auth/countersign/pskc"
)

const signSuite = "OCRA-1:HOTP-SHA256-8:C-QN64"

// signer writes a token of a model that signs, with or without its signing key.
func signer(serial string, signs bool) func(*pskc.Writer) error {
	return func(w *pskc.Writer) error {
		login := hotpPackage(serial)
		login.Device.Manufacturer, login.Device.Model = "oath.ALDR", "k400"
		if err := w.WritePackage(login); err != nil || !signs {
			return err
		}
		return w.WritePackage(&pskc.KeyPackage{
			Device: login.Device,
			Key: pskc.Key{
				ID: serial + "-sign", Algorithm: pskc.AlgorithmOCRA, Profile: pskc.ProfileOCRA, Suite: signSuite, Secret: pskc.NewSecret(key(serial + " sign")),
				Counter: pskc.Some(0), Policy: pskc.Policy{Usage: pskc.UseIntegrity},
			},
		})
	}
}

// sign is what the token answers to the payment.
func sign(t *testing.T, w *world, serial string, p payment.Payment, counter uint64) string {
	t.Helper()
	profile, _ := w.policies.Active().ProfileOf("k400")
	question, err := profile.Question(p)
	if err != nil {
		t.Fatal(err)
	}
	suite, err := oath.ParseSuite(signSuite)
	if err != nil {
		t.Fatal(err)
	}
	o, err := oath.NewOCRA(suite, key(serial+" sign"))
	if err != nil {
		t.Fatal(err)
	}
	code, err := o.Code(oath.Input{Question: question, Counter: counter})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func rent(t *testing.T) payment.Payment {
	t.Helper()
	p, err := payment.New(payment.Order{Amount: "950.00", Currency: "EUR", Payee: payment.Payee{Scheme: payment.IBAN, Account: "NO9386011117947", Name: "Landlord"}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestWhoHasASigningTokenCanSign: registering for codes with a token that signs
// makes the customer a signer (F-4.1.11, F-4.3).
func TestWhoHasASigningTokenCanSign(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for serial, want := range map[string][]string{"S1": {"secure-code", "transaction-signature"}, "S2": {"secure-code"}, "H3": {"secure-code"}} {
			switch serial {
			case "H3":
				w.stock(serial)
			default:
				w.pskc(signer(serial, serial == "S1"))
			}
			c := w.customer(serial)
			w.confirm(w.serial(w.begin(serial, w.code(c).Value), serial), hotp(serial, 0), "")
			var got []string
			for _, a := range w.holds(c.ID) {
				got = append(got, a.Policy)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s holds %q, want %q", serial, got, want)
			}
		}
		o, err := w.hub.Start(t.Context(), by(), hub.Start{
			CustomerNumber: "S1", Purpose: "payment", Channel: "web", Payment: rent(t),
			Proof: &hub.Proof{Code: sign(t, w, "S1", rent(t), 0)},
		})
		if err != nil || o.State != hub.Granted {
			t.Errorf("the first payment: %+v, %v", o, err)
		}
	})
}

// TestSignaturesAreNotRegisteredFor: an activation code for a policy that has no
// codes would end in nothing.
func TestSignaturesAreNotRegisteredFor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("1")
		if _, err := w.desk.Issue(t.Context(), by(), c.ID, registration.Issue{Policy: "transaction-signature"}); !fault.Is(err, "registration.policy") {
			t.Errorf("a code: %v", err)
		}
		in := registration.Begin{CustomerNumber: "1", ActivationCode: w.code(c).Value, Policy: "transaction-signature", Channel: "web"}
		if _, err := w.desk.Begin(t.Context(), by(), in); !fault.Is(err, "registration.policy") {
			t.Errorf("a registration: %v", err)
		}
	})
}
