package app

import (
	"slices"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/held"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/idserver"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/passcode"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/pki"
	"github.com/countersign-auth/countersign/internal/prompt"
	"github.com/countersign-auth/countersign/internal/provider"
	"github.com/countersign-auth/countersign/internal/push"
	"github.com/countersign-auth/countersign/internal/registration"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/vault"
	"github.com/countersign-auth/countersign/internal/wallet"
)

// Personal lists the tables in which something is kept of customers.
func Personal() []held.Table {
	return slices.Concat(customer.Personal(), device.Personal(), token.Personal(), mobiletoken.Personal(), push.Personal(), password.Personal(), passcode.Personal(), sms.Personal(), sim.Personal(), mobileid.Personal(), idserver.Personal(), pki.Personal(), companion.Personal(), vault.Personal(), wallet.Personal(), issuing.Personal(), interaction.Personal(),
		authenticator.Personal(), registration.Personal(), identification.Personal(), hub.Personal(), prompt.Personal(), provider.Personal(), exemption.Personal(), risk.Personal(), outbox.Personal(), audit.Personal())
}
