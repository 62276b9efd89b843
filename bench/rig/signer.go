package rig

import (
	"context"
	"fmt"
	"strconv"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/oath"
)

// What tokens of the model k400 of policy version 0 sign with.
const (
	signModel  = "k400"
	signPolicy = "transaction-signature"
	signSuite  = "OCRA-1:HOTP-SHA256-8:C-QN64"
)

// PaymentJSON is the payment that everybody signs, as the API takes it.
const PaymentJSON = `{"orders":[{"amount":"1234.50","currency":"EUR","payee":{"scheme":"iban","account":"DE89370400440532013000","name":"Paula Payee"},"reference":"Invoice 17"}]}`

// question is what the tokens make of that payment.
func question() (string, error) {
	p, err := payment.New(payment.Order{
		Amount: "1234.50", Currency: "EUR", Reference: "Invoice 17",
		Payee: payment.Payee{Scheme: "iban", Account: "DE89370400440532013000", Name: "Paula Payee"},
	})
	if err != nil {
		return "", err
	}
	profile, found := policy.Version0().ProfileOf(signModel)
	if !found {
		return "", fmt.Errorf("bench: tokens of the model %s sign nothing", signModel)
	}
	return profile.Question(p)
}

// Signing gives every token of a filled store a key that signs.
func (s *Store) Signing(ctx context.Context, p *Population) error {
	q, err := question()
	if err != nil {
		return err
	}
	p.sign, p.question = make([]uint64, p.N), q
	err = s.With(ctx, func(a *app.App) error {
		for from := 0; from < p.N; from += fillBatch {
			to := min(from+fillBatch, p.N)
			if err := a.DB.Write(ctx, func(tx *db.Tx) error { return insertSigning(tx, a, from, to) }); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.Rest(ctx)
}

// Statements that leave what the registration of a token that signs leaves
// besides.
const (
	insertSignKey = `INSERT INTO token_key (device, key_id, usage, algorithm, suite, hash, digits, step, epoch, next_value, drift,
		proven, resync_first, seed, pin_mode, pin_min, uses)
		VALUES ($1, $2, 'sign', 'ocra', '` + signSuite + `', '', 0, 0, 0, 0, 0, 1, 0, $3, '', 0, 0)`
	updateModel = "UPDATE device SET model = '" + signModel + "' WHERE id = $1"
)

func insertSigning(tx *db.Tx, a *app.App, from, to int) error {
	var models, keys, authenticators [][]any
	for i := from; i < to; i++ {
		var device, customer ident.ID
		err := tx.Row("SELECT id, customer FROM device WHERE serial = $1", fmt.Sprintf("BENCH%09d", i)).Scan(&device, &customer)
		if err != nil {
			return err
		}
		models = append(models, []any{device})
		keys = append(keys, []any{device, "sign-" + strconv.Itoa(i), a.Ring.Seal("token.seed", device, seed(i))})
		authenticators = append(authenticators, []any{customer, signPolicy, tx.Now})
	}
	for _, x := range []struct {
		sql  string
		rows [][]any
	}{{updateModel, models}, {insertSignKey, keys}, {insertAuthenticator, authenticators}} {
		if _, err := tx.Many(x.sql, x.rows); err != nil {
			return err
		}
	}
	return nil
}

// Signature writes the i-th customer's next signature of the payment into b.
func (p *Population) Signature(b []byte, i int) []byte {
	suite, err := oath.ParseSuite(signSuite)
	if err != nil {
		panic(err) // it is a constant
	}
	o, err := oath.NewOCRA(suite, seed(i))
	if err != nil {
		panic(err) // a seed of 20 bytes is one
	}
	c, err := o.Code(oath.Input{Counter: p.sign[i], Question: p.question})
	if err != nil {
		panic(err) // the question is the profile's own
	}
	p.sign[i]++
	return append(b[:0], c...)
}
