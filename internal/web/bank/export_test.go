package bank

import (
	"time"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

// Catalog builds the bank and returns its texts.
func Catalog(c Config) (*ui.Catalog, error) {
	b, err := build(c)
	if err != nil {
		return nil, err
	}
	return b.kit.Catalog(), nil
}

// Movement is an entry of an account.
type Movement = movement

// Accounts is what a customer has.
func Accounts(number string, now time.Time) (ibans []string, balances []int64, moves [][]Movement) {
	for _, a := range accounts(number, now) {
		ibans, balances, moves = append(ibans, a.IBAN), append(balances, a.Balance), append(moves, a.Movements)
	}
	return ibans, balances, moves
}

// Routes lists the patterns of all pages and says which need a login.
func Routes(c Config) ([]ui.Route, error) {
	b, err := build(c)
	if err != nil {
		return nil, err
	}
	return b.routes(), nil
}

// Browser names a User-Agent.
func Browser(agent string) string { return browser(agent) }
