package apptest_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/csv"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/emulator/simcard"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/ota"
)

// TestNoPINAnywhere: after registration, signatures, a wrong PIN and a refusal, no PIN,
// PUK, private key or key of a card stands in what went over the air (also once it is deciphered), in
// the log, the metrics, or the database; and the private keys not in the card's own store either.
func TestNoPINAnywhere(t *testing.T) {
	t.Parallel()
	both(t, false, func(t *testing.T, in *apptest.Installation, _ *dbtest.Clock) {
		s := newSIMSigners(t, in, 1)
		number := s.numbers[0]
		const wrong = "40404949"
		node := in.Run(t)
		var public []*ecdsa.PublicKey
		in.Open(t, func(a *app.App) {
			x, err := s.asks(a, 1, number, "Pay 12.00 EUR")
			s.check(err)
			s.air.Sign(t, number, wrong)
			s.air.Again(t, number, signingPIN)
			s.becomes(a, x, mobileid.Valid)
			x, err = s.asks(a, 1, number, "Pay 13.00 EUR")
			s.check(err)
			s.air.Refuse(t, number, simcard.ReportKey)
			s.becomes(a, x, mobileid.Reported)
			public = s.publicKeys(a, number)
		})
		metrics := node.Measures(t)
		node.Stop(t)

		secrets := apptest.Secrets{}
		for name, v := range map[string]string{"the PIN of logins": authenticationPIN, "the PIN of signatures": signingPIN, "a wrong PIN": wrong, "the PUK": s.air.PUK(number)} {
			secrets.Text(name, v)
		}
		inside := s.deciphered()
		for name, v := range s.cardKeys() {
			secrets.Add(name, v)
		}
		var air bytes.Buffer
		for _, m := range s.air.Carried() {
			air.Write(m.Content())
			air.WriteString("\n")
		}
		for what, text := range map[string][]byte{"the air": air.Bytes(), "the packets": inside, "the log": in.Log.Bytes(), "the metrics": []byte(metrics), "the database": s.stored()} {
			if len(text) == 0 {
				t.Errorf("%s is empty: nothing was looked at", what)
			}
			for _, found := range secrets.Found(text) {
				t.Errorf("%s has %s", what, found)
			}
			if marked(text) {
				t.Errorf("%s has a private key", what)
			}
		}
		memory, err := os.ReadFile(s.air.Memory)
		s.check(err)
		for what, text := range map[string][]byte{"the air": air.Bytes(), "the packets": inside, "the card's store": memory, "the card's store, read": hexes(memory)} {
			if scalar(text, public) {
				t.Errorf("%s has the private half of a person's key", what)
			}
		}
		for name, v := range map[string]string{"a PIN": signingPIN, "another PIN": authenticationPIN, "the PUK": s.air.PUK(number)} {
			if strings.Contains(string(memory), v) {
				t.Errorf("the card's store has %s", name)
			}
		}
	})
}

// publicKeys are those in the certificates of a number.
func (s *simSigners) publicKeys(a *app.App, number string) (all []*ecdsa.PublicKey) {
	s.t.Helper()
	profiles, err := a.MobileIDs.Profiles(s.t.Context(), s.people[number])
	s.check(err)
	for _, c := range profiles[0].Certificates {
		x, err := x509.ParseCertificate(c.DER)
		s.check(err)
		if k, ok := x.PublicKey.(*ecdsa.PublicKey); ok {
			all = append(all, k)
		}
	}
	if len(all) != 2 {
		s.t.Fatalf("%d keys", len(all))
	}
	return all
}

// deciphered is what is in the packets to and from cards.
func (s *simSigners) deciphered() []byte {
	s.t.Helper()
	var all bytes.Buffer
	keys := s.keys()
	for _, number := range s.numbers {
		for _, octets := range joined(s.t, apptest.ToCards(s.air.Carried(), number)) {
			p, err := ota.ParseCommand(octets)
			s.check(err)
			c, err := p.Open(keys[number])
			s.check(err)
			all.Write(c.Data)
		}
		for _, octets := range joined(s.t, apptest.FromCards(s.air.Carried(), number)) {
			p, err := ota.ParseResponse(octets)
			s.check(err)
			r, err := p.Open(ota.Profile(1, ota.AES), keys[number])
			s.check(err)
			all.Write(r.Data)
		}
	}
	return all.Bytes()
}

// cardKeys are the keys in the card maker's file, by what they are.
func (s *simSigners) cardKeys() map[string][]byte {
	s.t.Helper()
	f, err := os.ReadFile(s.air.Output)
	s.check(err)
	rows, err := csv.NewReader(bytes.NewReader(f)).ReadAll()
	s.check(err)
	all := map[string][]byte{}
	for _, row := range rows[1:] {
		for i, name := range map[int]string{4: "KIc of ", 5: "KID of "} {
			v, err := hex.DecodeString(row[i])
			s.check(err)
			all[name+row[1]] = v
		}
	}
	return all
}

// stored is what the database has of all this.
func (s *simSigners) stored() []byte {
	s.t.Helper()
	if path, isFile := strings.CutPrefix(s.in.DSN, "sqlite:"); isFile {
		b, err := os.ReadFile(filepath.Clean(path))
		s.check(err)
		return b
	}
	var all bytes.Buffer
	s.within(func(tx *db.Tx) error {
		for _, table := range []string{
			"sim_card", "sim_key_set", "sim_message", "sim_part", "sim_receipt", "mobile_person", "mobile_id", "mobile_id_key", "mobile_id_request",
			"pki_authority", "pki_certificate", "outbox", "journal",
		} {
			if err := tx.Each("SELECT to_jsonb(t)::text FROM "+table+" t", nil, func(r db.Row) error {
				var row string
				err := r.Scan(&row)
				all.WriteString(row + "\n")
				return err
			}); err != nil {
				return err
			}
		}
		return nil
	})
	return all.Bytes()
}

// marked reports whether there is a private key in one of its usual forms (RFC 5915, RFC 5958), as it
// is or in hexadecimal.
func marked(text []byte) bool {
	for _, form := range []string{"3077020101 0420", "020100 301306072a8648ce3d0201 06082a8648ce3d030107 04"} {
		form = strings.ReplaceAll(form, " ", "")
		raw, _ := hex.DecodeString(form)
		if bytes.Contains(text, raw) || bytes.Contains(bytes.ToLower(text), []byte(form)) {
			return true
		}
	}
	return bytes.Contains(text, []byte("PRIVATE KEY"))
}

// hexes decodes every run of hexadecimal digits.
func hexes(text []byte) (all []byte) {
	for _, run := range bytes.FieldsFunc(text, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF", r) }) {
		if b, err := hex.DecodeString(string(run)); err == nil {
			all = append(append(all, b...), '\n')
		}
	}
	return all
}

// scalar reports whether 32 octets anywhere in a text are the private half of a key.
func scalar(text []byte, public []*ecdsa.PublicKey) bool {
	var points [][]byte
	for _, k := range public {
		p, err := k.ECDH()
		if err == nil {
			points = append(points, p.Bytes())
		}
	}
	for i := 0; i+32 <= len(text); i++ {
		k, err := ecdh.P256().NewPrivateKey(text[i : i+32])
		if err != nil {
			continue
		}
		got := k.PublicKey().Bytes()
		for _, p := range points {
			if bytes.Equal(got, p) {
				return true
			}
		}
	}
	return false
}

// TestScalarIsFound is the control of the search.
func TestScalarIsFound(t *testing.T) {
	t.Parallel()
	der, err := hex.DecodeString("01020304")
	if err != nil {
		t.Fatal(err)
	}
	k, err := ecdh.P256().NewPrivateKey(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	x, err := x509.MarshalPKIXPublicKey(k.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParsePKIXPublicKey(x)
	public, ok := parsed.(*ecdsa.PublicKey)
	if err != nil || !ok {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	if !scalar(append(der, private...), []*ecdsa.PublicKey{public}) || !marked(private) || !marked([]byte(hex.EncodeToString(private))) || scalar(der, []*ecdsa.PublicKey{public}) {
		t.Error("the search finds nothing, or everything")
	}
}
