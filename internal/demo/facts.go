package demo

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Facts is what the demo knows and tells: who can log in where. It is kept in the
// demo's directory, readable by its owner only.
type Facts struct {
	Secret   []byte    `json:"secret"` // seeds and passwords are functions of it
	Made     time.Time `json:"made"`
	Complete bool      `json:"complete"`

	Customers []Customer  `json:"customers"`
	Staff     []Member    `json:"staff"`
	Client    Application `json:"client"`
	Provider  Provider    `json:"provider"`
}

// Customer is a customer of the demo bank.
type Customer struct {
	Number         string    `json:"customer_number"`
	Name           string    `json:"name"`
	Phone          string    `json:"phone"`
	Policy         string    `json:"registers_for"`          // the policy of the activation code
	Serial         string    `json:"token_serial,omitempty"` // "" for customers who have a password and a phone instead
	Model          string    `json:"token_model,omitempty"`
	Second         string    `json:"second_token_serial,omitempty"` // has no PIN
	Mobile         int       `json:"mobile_tokens,omitempty"`       // how many phones have the bank's app
	PUK            string    `json:"sim_puk,omitempty"`             // of the SIM card in the phone; "" when it has none
	MobilePIN      string    `json:"mobile_id_pin,omitempty"`       // of the authentication key on the SIM card; "" without a mobile ID
	SigningPIN     string    `json:"mobile_id_signing_pin,omitempty"`
	Registered     bool      `json:"registered"`
	PIN            string    `json:"token_pin,omitempty"` // of the token, or entering its computation
	Password       string    `json:"password,omitempty"`
	ActivationCode string    `json:"activation_code,omitempty"` // of customers who are not registered yet
	Expires        time.Time `json:"activation_code_expires_at,omitzero"`

	PasswordExpired bool `json:"password_expired,omitempty"` // it is right once more, to be replaced
}

// Member is a member of the demo bank's staff.
type Member struct {
	Login         string `json:"login"`
	Name          string `json:"name"`
	Role          string `json:"role"`
	Password      string `json:"password"`
	TOTP          string `json:"totp_secret"`   // base 32
	Authenticator string `json:"authenticator"` // its serial number in the device lab
}

// Provider is a service provider that asks customers of the demo bank for mobile signatures.
type Provider struct {
	ID       string `json:"ap_id"`
	Password string `json:"ap_pwd"`
}

// Application is the demo bank's client of the API.
type Application struct {
	ID     string `json:"client_id"`
	Secret string `json:"client_secret"`
	Scopes string `json:"scope"`
}

const factsFile = "demo.json"

// loadFacts reads the facts of a directory, or begins new ones.
func loadFacts(dir string, now time.Time, random io.Reader) (*Facts, error) {
	b, err := os.ReadFile(filepath.Join(dir, factsFile)) //nolint:gosec // the demo's own directory
	if errors.Is(err, fs.ErrNotExist) {
		f := &Facts{Secret: make([]byte, 32), Made: now.UTC().Truncate(time.Second)}
		_, err := io.ReadFull(random, f.Secret)
		return f, err
	}
	if err != nil {
		return nil, err
	}
	f := &Facts{}
	return f, json.Unmarshal(b, f)
}

func (f *Facts) save(dir string) error {
	b, err := json.MarshalIndent(f, "", "  ") //nolint:gosec // made-up secrets, for a file that only its owner reads
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, factsFile), b, 0o600)
}
