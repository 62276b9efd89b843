package ui

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"
)

const (
	flashCookie = "flash"
	flashLife   = time.Minute // it is for the very next page
	flashMax    = 2048        // bytes; browsers keep 4096 for name and value
)

// flash is a message on its way to the next page. It carries the key of its
// text, so that it appears in the language of that page.
type flash struct {
	Tone  Tone     `json:"t"`
	Key   string   `json:"k"`
	Pairs []string `json:"p,omitempty"`
}

// Flash leaves a message for the next page: the text of a key, with pairs of
// placeholder and value. A later one replaces an earlier one.
func (k *Kit) Flash(w http.ResponseWriter, tone Tone, key string, pairs ...string) {
	b, err := json.Marshal(flash{tone, key, pairs})
	if err != nil || len(b) > flashMax {
		b, _ = json.Marshal(flash{Tone: tone, Key: key}) //nolint:errchkjson // two strings
	}
	k.SetCookie(w, flashCookie, base64.RawURLEncoding.EncodeToString(b), flashLife)
}

// takeFlashes reads the message that the page before left, and forgets it.
func (k *Kit) takeFlashes(w http.ResponseWriter, r *http.Request, l *Locale) []Notice {
	raw := k.Cookie(r, flashCookie)
	if raw == "" {
		return nil
	}
	k.DropCookie(w, flashCookie)
	b, err := base64.RawURLEncoding.DecodeString(raw)
	var f flash
	if err != nil || json.Unmarshal(b, &f) != nil || !l.Has(f.Key) {
		return nil
	}
	pairs := make([]any, len(f.Pairs))
	for i, p := range f.Pairs {
		pairs[i] = p
	}
	return []Notice{{Tone: f.Tone, Text: l.T(f.Key, pairs...)}}
}
