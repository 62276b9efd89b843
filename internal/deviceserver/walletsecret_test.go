package deviceserver_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"testing"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/emulator/wallet"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/vault"
	server "github.com/countersign-auth/countersign/internal/wallet"
)

// TestNoCredentialIsInTheClear: what a gateway, the log, the audit records and a thief of the database see of a token's life: no number, key, half, secret, identifier
// or PIN. An erased customer leaves nothing.
func TestNoCredentialIsInTheClear(t *testing.T) {
	t.Parallel()
	for _, assist := range []string{"encryption", "storage"} {
		eachShop(t, func(p *vault.Profile) { p.Assist, p.Cache = assist, 0 }, func(t *testing.T, s *shop) {
			watch := s.thing(speaks)
			s.settle()
			x := s.add(func(w *report.TokenWish) { w.PIN = "470815" }, false, watch)
			late, err := s.phone.Add(t.Context(), report.TokenWish{Card: s.card.ID[:], With: []int{watch.Number}}, false) // whose letter waits
			s.ok(err)
			p := chip(1250)
			got := s.approved("near", x, p)
			s.near[watch.Number] = false
			p.PIN = "470815"
			s.approved("away", x, p)
			p.PIN = "999999"
			_, _, err = s.pay(x, p)
			s.problem(err, "wallet.pin")

			kept := watch.Memory.Kept[0]
			secrets := map[string][]byte{
				"the token's number": []byte(got.Number), "the card's number": []byte("4147090000001237"), "the PIN": []byte("470815"), "a wrong PIN": []byte("999999"), "the shared key": x.Shared, "the watch's secret": kept.Secret,
				"the watch's half": kept.Shares[x.Keys[0].Index], "the phone's half": x.Keys[0].Share, "another shared key": late.Shared, "the watch's identifier": []byte(watch.Value),
			}
			for what, n := range maps.Clone(secrets) {
				secrets[what+" in base64"] = []byte(base64.StdEncoding.EncodeToString(n))
			}
			seen := map[string][]byte{"the gateway": s.ever(), "the log": s.log()}
			for _, column := range []string{"wallet_set.box", "wallet_set.pin", "wallet_letter.body", "vault_token.number", "vault_account.pan", "companion_answer.answer", "companion_identifier.value", "journal.details"} {
				seen[column] = s.column(column)
			}
			for where, b := range seen {
				if len(b) == 0 && where != "the log" {
					t.Errorf("%s %s: nothing is there to look at", assist, where)
				}
				for what, secret := range secrets {
					if len(secret) >= 6 && bytes.Contains(b, secret) {
						t.Errorf("%s: %s is in %s", assist, what, where)
					}
				}
			}
			s.ok(s.d.Write(t.Context(), func(tx *db.Tx) error { return server.Erase(tx, s.who) }))
			if n := s.count("wallet_set") + s.count("wallet_peer") + s.count("wallet_letter"); n != 0 {
				t.Errorf("%d rows are left", n)
			}
		})
	}
}

// Whoever has the phone alone, and knows the identifier of the watch besides, does not open data: the watch's secret is never on it.
func TestAStolenPhoneOpensNoData(t *testing.T) {
	t.Parallel()
	for _, assist := range []string{"encryption", "storage"} {
		eachShop(t, func(p *vault.Profile) { dataOf(assist, 10, 0)(p); p.Cache = 0 }, func(t *testing.T, s *shop) {
			watch := s.thing(speaks)
			s.settle()
			x := s.withData(nil, watch)
			_, err := s.phone.Code(t.Context(), x, wallet.Purchase{Amount: 1, Currency: "EUR"}, form)
			s.ok(err)
			secret := watch.Memory.Kept[0].Secret
			if on, err := json.Marshal(s.phone.Memory); err != nil || len(secret) == 0 || bytes.Contains(on, []byte(base64.StdEncoding.EncodeToString(secret))) {
				t.Errorf("%s: %v, or the phone holds the watch's secret of %d octets", assist, err, len(secret))
			}
			part := x.Data[0].Parts[0]
			for _, try := range []struct {
				wrap  cryptogram.Profile
				with  []byte
				opens bool
			}{{cryptogram.Patent, nil, false}, {cryptogram.Hardened, x.Shared[:cryptogram.SecretSize], false}, {cryptogram.Hardened, secret, true}} {
				kek, err := cryptogram.NewKEK(try.wrap, x.Shared, cryptogram.Single, cryptogram.Device{Kind: watch.Kind, Value: []byte(watch.Value), Secret: try.with})
				s.ok(err)
				if _, err = kek.Open(cryptogram.Binding{Token: string(x.Token), Key: x.Data[0].Index}, part.Sealed); (err == nil) != try.opens {
					t.Errorf("%s: %+v: %v", assist, try, err)
				}
			}
		})
	}
}

func (s *shop) log() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.logged.Bytes())
}

// column is all that a column holds, one behind the other.
func (s *shop) column(name string) (out []byte) {
	s.Helper()
	table, column, _ := bytes.Cut([]byte(name), []byte("."))
	err := s.d.Read(s.Context(), func(tx *db.Tx) error {
		return tx.Each("SELECT "+string(column)+" FROM "+string(table)+" WHERE "+string(column)+" IS NOT NULL", nil, func(r db.Row) error {
			var b []byte
			err := r.Scan(&b)
			out = append(out, b...)
			return err
		})
	})
	s.ok(err)
	return out
}
