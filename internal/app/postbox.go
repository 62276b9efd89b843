package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/internal/demo"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/registration"
	"github.com/countersign-auth/countersign/internal/web/bank"
)

// hookPath is where the demo bank takes messages.
const hookPath = "/hooks/countersign"

// postbox is what the demo bank has posted: a welcome letter with the customer
// ID, a parcel with the token, apart from both the activation code, and the second
// halves of activation codes that arrive by webhook.
type postbox struct {
	facts  *demo.Facts
	secret keyring.Secret
	now    func() time.Time

	mu    sync.Mutex
	come  []bank.Letter
	known map[string]bool // ids of messages
}

// Letters implements bank.Letters.
func (p *postbox) Letters(context.Context) (all []bank.Letter, err error) {
	p.mu.Lock()
	all = append(all, p.come...)
	p.mu.Unlock()
	for _, c := range p.facts.Customers {
		for _, kind := range []bank.LetterKind{bank.LetterWelcome, bank.LetterToken, bank.LetterActivation} {
			if kind == bank.LetterActivation && c.Registered || kind == bank.LetterToken && c.Serial == "" {
				continue // read and thrown away, or there is none
			}
			all = append(all, bank.Letter{
				ID: ident.Derive("letter", string(kind), c.Number).String(), Kind: kind, Posted: p.facts.Made, Name: c.Name,
				Customer: c.Number, Serial: c.Serial, Code: c.ActivationCode, Expires: c.Expires,
			})
		}
	}
	return all, nil
}

// ServeHTTP takes a message as a bank's own receiver would: signature, age, and
// whether it came before (standardwebhooks.com).
func (p *postbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
	if err != nil || r.Method != http.MethodPost || !p.signed(r, body) {
		http.Error(w, "not a message of ours", http.StatusUnauthorized)
		return
	}
	var m struct {
		Data registration.Half `json:"data"`
	}
	if json.Unmarshal(body, &m) != nil {
		http.Error(w, "not a message", http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if id := r.Header.Get("webhook-id"); !p.known[id] {
		p.known[id] = true
		p.come = append(p.come, bank.Letter{
			ID: ident.Derive("letter", id).String(), Kind: bank.LetterActivation, Posted: p.now(), Name: p.name(m.Data.CustomerNumber),
			Customer: m.Data.CustomerNumber, Code: m.Data.Code, Half: m.Data.Part, Expires: m.Data.Expires,
		})
	}
	w.WriteHeader(http.StatusNoContent)
}

func (p *postbox) signed(r *http.Request, body []byte) bool {
	at := json.Number(r.Header.Get("webhook-timestamp"))
	sec, err := at.Int64()
	if age := p.now().Sub(time.Unix(sec, 0)); err != nil || age.Abs() > 5*time.Minute {
		return false
	}
	m := hmac.New(sha256.New, p.secret)
	m.Write([]byte(r.Header.Get("webhook-id") + "." + at.String() + "."))
	m.Write(body)
	want := "v1," + base64.StdEncoding.EncodeToString(m.Sum(nil))
	for _, got := range strings.Fields(r.Header.Get("webhook-signature")) {
		if hmac.Equal([]byte(got), []byte(want)) {
			return true
		}
	}
	return false
}

// name finds a customer's name among those that the demo made.
func (p *postbox) name(number string) string {
	for _, c := range p.facts.Customers {
		if c.Number == number {
			return c.Name
		}
	}
	return "Customer " + number
}
