package app

import (
	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/vault"
	"github.com/countersign-auth/countersign/internal/wallet"
)

// addPayments opens the vault of payment tokens, what puts them on devices, and what authorizes payments with them. A token goes the way of its
// devices.
func (a *App) addPayments() {
	a.Vault = &vault.Desk{DB: a.DB, Ring: a.Ring, Rand: a.Rand}
	a.Proposals.Executors[policy.ActPortfolio] = a.Vault.PortfolioExecutor()
	a.Wallets = &wallet.Desk{Ring: a.Ring, Vault: a.Vault, Companions: a.Companions, Rand: a.Rand, Paid: issuing.Counters, Posted: a.wakeDevice, Added: a.tellOfPaymentToken}
	a.Vault.Deleted, a.Vault.Together = a.Wallets.Deleted, a.Wallets.Together
	a.Companions.Moved = a.companionMoved
	a.Issuing = &issuing.Desk{
		DB: a.DB, Ring: a.Ring, Vault: a.Vault, Rand: a.Rand, Policies: a.Policies, Assess: a.Interactions.Assess,
		Contributed: a.contributed, Used: a.Wallets.Low, Risk: a.riskOfCard, Risky: func() bool { return a.Policies.Active().Payments.Risk != policy.PaymentRiskOff },
	}
}

// tellOfPaymentToken tells the owner of a device that it got a token.
func (a *App) tellOfPaymentToken(tx *db.Tx, by audit.Actor, n wallet.Added) error {
	return a.textNotice(tx, by, n.Customer, n.Key(), n.Text)
}

// contributed tells which devices took part in a payment, where somebody judges by that: nothing is read else.
func (a *App) contributed(tx *db.Tx, token ident.ID, x cryptogram.Index) ([]int, error) {
	if a.Policies.Active().Interaction.Mode == policy.InteractionOff {
		return nil, nil
	}
	return a.Wallets.Contributed(tx, token, x)
}
