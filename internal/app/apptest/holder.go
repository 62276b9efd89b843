package apptest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"testing"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/oath"
	"github.com/countersign-auth/countersign/pskc"
)

// Holder is a customer who holds a token.
type Holder struct {
	ID             ident.ID
	Number, Serial string
	Seed           []byte // 20 bytes
}

// Code is what the holder's event-based token shows at a counter.
func (h Holder) Code(counter uint64) string {
	otp, err := oath.NewHOTP(h.Seed, oath.HOTPOptions{})
	if err != nil {
		panic(err)
	}
	return otp.Code(counter)
}

// Wrong is a code that the token shows at none of its next thousand events.
func (h Holder) Wrong() string {
	otp, err := oath.NewHOTP(h.Seed, oath.HOTPOptions{})
	if err != nil {
		panic(err)
	}
	for i := 0; ; i++ {
		if code := fmt.Sprintf("%06d", i); !found(otp, code) {
			return code
		}
	}
}

func found(otp *oath.HOTP, code string) bool {
	_, ok := otp.Find(code, 0, 1000)
	return ok
}

// seed is a 20-byte seed that belongs to a serial number.
func seed(serial string) []byte {
	a, b := ident.Derive("seed", serial), ident.Derive("more", serial)
	return append(a[:], b[:4]...)
}

// Box writes a PSKC file with event-based tokens of these serial numbers.
func Box(t testing.TB, serials ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := pskc.NewWriter(&out, pskc.WriterOptions{InsecurePlain: true})
	for _, s := range serials {
		if err == nil {
			err = w.WritePackage(&pskc.KeyPackage{Device: pskc.Device{Manufacturer: "oath.TEST", SerialNo: s}, Key: pskc.Key{
				ID: s, Algorithm: pskc.AlgorithmHOTP, Profile: pskc.ProfileHOTP, Hash: pskc.SHA1, Secret: pskc.NewSecret(seed(s)),
				Counter: pskc.Some(0), Response: &pskc.ResponseFormat{Encoding: pskc.Decimal, Length: 6},
			}})
		}
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Stock imports tokens and returns who will hold them; they belong to nobody yet.
func (in *Installation) Stock(t testing.TB, n int) (all []Holder) {
	t.Helper()
	var serials []string
	for range n {
		in.customers++
		number := strconv.Itoa(10000 + in.customers)
		h := Holder{Number: number, Serial: "S" + number, Seed: seed("S" + number)}
		all, serials = append(all, h), append(serials, h.Serial)
	}
	box := Box(t, serials...)
	in.Open(t, func(a *app.App) {
		s, err := a.Tokens.ImportFile(context.Background(), by, token.Import{
			Name: "box.xml", Set: a.Policies.Active(), AllOrNothing: true, Now: in.Clock.Now(),
			Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(box)), nil },
		})
		if err != nil || s.Imported != int64(n) {
			t.Fatalf("import: %+v, %v", s, err)
		}
	})
	return all
}

var by = audit.System("test")

// Holders are n registered customers with a token each; no code was used yet.
func (in *Installation) Holders(t testing.TB, n int) []Holder {
	t.Helper()
	all := in.Stock(t, n)
	in.Open(t, func(a *app.App) {
		p, _ := a.Policies.Active().Policy("secure-code")
		for i := range all {
			h := &all[i]
			c, err := a.Customers.Create(context.Background(), by, customer.New{Number: h.Number, Name: "Customer " + h.Number})
			if err != nil {
				t.Fatal(err)
			}
			h.ID = c.ID
			err = a.DB.Write(context.Background(), func(tx *db.Tx) error {
				devices, err := device.BySerial(tx, h.Serial)
				if err != nil || len(devices) != 1 {
					return fmt.Errorf("%d tokens %s: %w", len(devices), h.Serial, err)
				}
				if _, err := device.Assign(tx, devices[0].ID, c.ID, 0); err != nil {
					return err
				}
				return authenticator.Enroll(tx, by, c.ID, p)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
	return all
}

// CodeOf is what the token with a serial number, made by Box, shows at a counter.
func CodeOf(serial string, counter uint64) string {
	return Holder{Serial: serial, Seed: seed(serial)}.Code(counter)
}
