package simcard_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/simcard"
	"github.com/countersign-auth/countersign/ota/applet"
)

func tray(t *testing.T, file string) *simcard.Tray {
	t.Helper()
	x, err := simcard.Open(simcard.TrayConfig{Now: time.Now, Rand: rand.Reader, File: file})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func made(t *testing.T, number string) *simcard.Memory {
	t.Helper()
	m, _, err := simcard.Make(rand.Reader, simcard.Order{Number: number, Label: "Lena", Bits: 256, KeySet: 2})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestTray: cards are kept in one file that only its owner reads, each number once.
func TestTray(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "sims.json")
	x := tray(t, file)
	one, two := made(t, "+436641000009"), made(t, "")
	if err := errors.Join(x.Add(one), x.Add(two), x.Add(made(t, ""))); err != nil {
		t.Fatal(err)
	}
	for _, again := range []*simcard.Memory{one, made(t, "+436641000009")} {
		if err := x.Add(again); !errors.Is(err, simcard.ErrTwice) {
			t.Error(err)
		}
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	x = tray(t, file)
	if len(x.Cards()) != 3 || x.Card(one.ICCID) == nil || x.Card("+436641000009").ICCID() != one.ICCID || x.Card("") != nil || x.Card("+1") != nil {
		t.Errorf("%d cards", len(x.Cards()))
	}
	for name, content := range map[string]string{"no JSON": "x", "no card": `{"cards":[{}]}`, "a short key": strings.Replace(memoryJSON(t, one), `"kic":"`, `"kic":"00`, 1)} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := simcard.Open(simcard.TrayConfig{Now: time.Now, Rand: rand.Reader, File: file}); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func memoryJSON(t *testing.T, m *simcard.Memory) string {
	t.Helper()
	b, err := json.Marshal(map[string]any{"cards": []any{m}})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestMake: what is on a new card (ITU-T E.118: the check digit).
func TestMake(t *testing.T) {
	t.Parallel()
	m, puk, err := simcard.Make(rand.Reader, simcard.Order{ICCID: "893144000000000000"})
	if err != nil || m.ICCID != "8931440000000000001"[:18]+m.ICCID[18:] || len(m.ICCID) != 19 || len(puk) != applet.PUKDigits || len(m.Keys) != 1 {
		t.Errorf("%+v, %v", m, err)
	}
	sum := 0
	for i := range m.ICCID {
		d := int(m.ICCID[len(m.ICCID)-1-i] - '0')
		if i%2 == 1 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	if sum%10 != 0 {
		t.Error(m.ICCID)
	}
	if _, _, err := simcard.Make(rand.Reader, simcard.Order{ICCID: "12"}); err == nil {
		t.Error("a short ICCID")
	}
}

// TestHTTP: the hands on a phone in another process.
func TestHTTP(t *testing.T) {
	t.Parallel()
	x := tray(t, "")
	m := made(t, "+436641000009")
	if err := x.Add(m); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(x.Handler())
	t.Cleanup(srv.Close)
	hands := simcard.Phones{URL: srv.URL, HTTP: srv.Client()}
	all, err := hands.All(t.Context())
	if err != nil || len(all) != 1 || all[0].ICCID != m.ICCID || all[0].Screen.Kind != simcard.Idle || all[0].PUKTries != 10 {
		t.Fatal(all, err)
	}
	if _, err := hands.Look(t.Context(), "+1"); !errors.Is(err, simcard.ErrNoCard) {
		t.Error(err)
	}
	if _, err := hands.Press(t.Context(), m.Number, 7, simcard.OK); !errors.Is(err, simcard.ErrStale) {
		t.Error(err)
	}
	if _, err := hands.Press(t.Context(), m.Number, 0, simcard.OK); !errors.Is(err, simcard.ErrKey) {
		t.Error(err)
	}
	if _, err := hands.Type(t.Context(), m.Number, 0, "1234"); !errors.Is(err, simcard.ErrKey) {
		t.Error(err)
	}
	for name, change := range map[string]func(*http.Request){
		"another host": func(r *http.Request) { r.Host = "bank.example" }, "a page of a stranger": func(r *http.Request) { r.Header.Set("Origin", "https://bank.example") },
		"a form": func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") },
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/cards/"+m.ICCID+"/keys", strings.NewReader(`{"screen":0,"key":"ok"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		change(r)
		res, err := srv.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if res.StatusCode != http.StatusForbidden && res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s %s", name, res.Status, body)
		}
	}
}

// TestANewCard: another card takes the number; the old one is deaf, and nothing of its keys goes over.
func TestANewCard(t *testing.T) {
	t.Parallel()
	x := tray(t, filepath.Join(t.TempDir(), "sims.json"))
	old, other := made(t, "+436641000009"), made(t, "")
	if err := errors.Join(x.Add(old), x.Add(other)); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(x.Handler())
	t.Cleanup(srv.Close)
	hands := simcard.Phones{URL: srv.URL, HTTP: srv.Client()}
	if _, err := hands.Swap(t.Context(), "+436641000009", "8943"); !errors.Is(err, simcard.ErrNoCard) {
		t.Error(err)
	}
	s, err := hands.Swap(t.Context(), "+436641000009", other.ICCID)
	if err != nil || s.ICCID != other.ICCID || s.Number != "+436641000009" {
		t.Fatalf("%+v, %v", s, err)
	}
	if c := x.Card("+436641000009"); c.ICCID() != other.ICCID || x.Card(old.ICCID).Number() != "" {
		t.Error("the old card has the number")
	}
	if _, err := hands.Swap(t.Context(), old.ICCID, other.ICCID); !errors.Is(err, simcard.ErrKey) {
		t.Error(err)
	}
}
