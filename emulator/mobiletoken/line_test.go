package mobiletoken_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/mobiletoken"
)

// TestContents: what the published vectors say must be shown is shown, what must not is not, and
// the question is theirs.
func TestContents(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "mobile", "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Contents []struct{ Content, Control, Question string }
		Bad      []struct{ Why, Content string } `json:"bad_contents"`
		Pictures []struct{ Name, Picture, Content string }
		Keys     json.RawMessage `json:"picture_keys"`
	}
	if err := json.Unmarshal(raw, &v); err != nil || len(v.Contents) == 0 || len(v.Bad) == 0 || len(v.Pictures) == 0 {
		t.Fatal(err)
	}
	for _, c := range v.Contents {
		if _, err := mobiletoken.ParseContent(c.Content); err != nil || mobiletoken.Question(c.Content, c.Control) != c.Question {
			t.Errorf("%s: %v", c.Content, err)
		}
	}
	for _, c := range v.Bad {
		if _, err := mobiletoken.ParseContent(c.Content); !errors.Is(err, mobiletoken.ErrContent) {
			t.Errorf("%s: %v", c.Why, err)
		}
	}
	phone := &mobiletoken.Token{Pictures: v.Keys}
	for _, p := range v.Pictures {
		if got, err := phone.ReadPicture(p.Picture); got != p.Content || (err == nil) != (p.Content != "") {
			t.Errorf("%s: %q, %v", p.Name, got, err)
		}
	}
	if _, err := phone.ReadPicture("a.b"); !errors.Is(err, mobiletoken.ErrPicture) {
		t.Error(err)
	}
}

// TestClock: a phone that is told the time takes it once, and does not go round in circles with a
// server that is never content.
func TestClock(t *testing.T) {
	t.Parallel()
	asked := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if len(strings.Split(r.Header.Get("Token-Proof"), ".")) != 3 {
			t.Error("a request is not signed")
		}
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"status":401,"code":"token.clock","now":"2026-10-26T09:33:20.000Z"}`))
	}))
	defer srv.Close()
	device, err := mobiletoken.NewDeviceKey()
	if err != nil {
		t.Fatal(err)
	}
	app := &mobiletoken.App{HTTP: srv.Client(), Rand: rand.Reader, Now: func() time.Time { return time.Date(2026, 10, 26, 7, 33, 20, 0, time.UTC) }}
	token := &mobiletoken.Token{ID: "K1", Server: srv.URL, Device: device}
	if _, err := app.Line(token).Inbox(t.Context()); !mobiletoken.Is(err, "token.clock") || asked != 2 || token.Offset != 7200 {
		t.Errorf("%v after %d requests, %d s", err, asked, token.Offset)
	}
}
