package app_test

import (
	"crypto/rand"
	"net/http"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/mobiletoken"
)

// An app on a phone of a demo customer looks after the customer's phones, over the real
// protocols: here it adds another one.
func TestDemoPhoneAddsAnother(t *testing.T) {
	t.Parallel()
	demo := startDemo(t)
	bank := newClient(t, demo)
	bank.identify("10002012")
	made := bank.post("/v1/customers/10002012/mobile-tokens", map[string]any{"application": "bank", "name": "Tablet"})
	activation, _ := made["activation"].(map[string]any)
	code, _ := activation["code"].(string)
	behind := -30 * time.Second // so that the code after the first is another one
	app := mobiletoken.App{HTTP: &http.Client{Timeout: time.Minute}, Rand: rand.Reader, Now: func() time.Time { return time.Now().Add(behind) }}
	token, err := app.Activate(t.Context(), demo.URLs["mobile"], "bank", code, "864203", mobiletoken.Phone{Model: "Slate 9", Platform: "test", AppVersion: "1", Locale: "en"})
	if err != nil {
		t.Fatal(err)
	}
	behind = 0
	line := app.Line(token)
	proof, err := line.Prove(t.Context(), "864203")
	if err != nil {
		t.Fatal(err)
	}
	another, err := line.Enroll(t.Context(), mobiletoken.Order{Proof: proof, Name: "Old phone"})
	if err != nil || another.Code == "" || another.Link == "" {
		t.Fatalf("%+v, %v", another, err)
	}
}
