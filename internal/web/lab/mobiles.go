package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	emulator "github.com/countersign-auth/countersign/emulator/mobiletoken"
	"github.com/countersign-auth/countersign/internal/fault"
)

// Mobile is an emulated phone with the bank's app.
type Mobile struct {
	ID          string // part of addresses and file names: "lena"
	Label       string // whose it is or where it lies
	Application string // code of the app
}

// Mobiles are the phones of the lab that have the bank's app. What an app has stored is kept
// between runs. All fields are needed. It is safe for concurrent use.
type Mobiles struct {
	Phones []Mobile
	Server string // address of the face for mobile tokens, without a slash at the end
	HTTP   *http.Client
	Store  Store
	Now    func() time.Time
	Rand   io.Reader

	mu sync.Mutex
}

// mobileModel is what the emulated phones say of themselves.
func mobileModel() emulator.Phone {
	return emulator.Phone{Model: "Pebble 7", Platform: "emulator", AppVersion: "1.0", Locale: "en"}
}

// open reads what the app on a phone has stored.
func (m *Mobiles) open(x Mobile, client *http.Client) (*emulator.App, error) {
	a := &emulator.App{HTTP: client, Rand: m.Rand, Now: m.Now}
	b, err := m.Store.Load("mobile-" + x.ID)
	if err != nil || b == nil {
		return a, err
	}
	return a, json.Unmarshal(b, &a.Storage)
}

func (m *Mobiles) find(id string) (Mobile, error) {
	i := slices.IndexFunc(m.Phones, func(x Mobile) bool { return x.ID == id })
	if i < 0 {
		return Mobile{}, fault.NotFoundf("lab.no_phone", "There is no phone with this number on the rack.")
	}
	return m.Phones[i], nil
}

// use does something with the app on a phone, and keeps what it has stored then.
func (m *Mobiles) use(x Mobile, client *http.Client, f func(*emulator.App) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, err := m.open(x, client)
	if err != nil {
		return err
	}
	failed := f(a)
	b, err := json.Marshal(a.Storage)
	if err == nil {
		err = m.Store.Save("mobile-"+x.ID, b)
	}
	return errors.Join(failed, err)
}

// Activate has a phone redeem an activation code, as its owner would: the app's protocol,
// over HTTP. A nil client is that of the phones.
func (m *Mobiles) Activate(ctx context.Context, client *http.Client, id, typed, pin string) error {
	x, err := m.find(id)
	if err != nil {
		return err
	}
	if client == nil {
		client = m.HTTP
	}
	return m.use(x, client, func(a *emulator.App) error {
		_, err := a.Activate(ctx, m.Server, x.Application, typed, pin, mobileModel())
		return err
	})
}

// token is the app's newest token; nil when it has none.
func token(a *emulator.App) *emulator.Token {
	if len(a.Storage.Tokens) == 0 {
		return nil
	}
	return a.Storage.Tokens[len(a.Storage.Tokens)-1]
}

// noToken says that the app is empty.
func noToken() error {
	return fault.Conflictf("lab.no_token", "The app on this phone has no token yet. Enter an activation code first.")
}

// Code has the app on a phone show a secure code.
func (m *Mobiles) Code(id, pin string) (code string, err error) {
	x, err := m.find(id)
	if err != nil {
		return "", err
	}
	err = m.use(x, m.HTTP, func(a *emulator.App) error {
		t := token(a)
		if t == nil {
			return noToken()
		}
		code, err = t.Code(pin, m.Now())
		return err
	})
	return code, err
}

// told is what went wrong, for people.
func told(err error) string {
	var f *emulator.Fault
	switch {
	case errors.As(err, &f):
		return f.Detail
	case errors.Is(err, emulator.ErrPIN):
		return "A PIN has 4 to 16 digits."
	}
	return fmt.Sprint(err)
}
