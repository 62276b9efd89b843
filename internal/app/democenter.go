package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"

	"github.com/countersign-auth/countersign/emulator/smscenter"
	"github.com/countersign-auth/countersign/internal/config"
	"github.com/countersign-auth/countersign/internal/telemetry"
)

// addCenter gives the demo a message center and its emulated phones. The node
// reaches it by SMPP, as it would reach a carrier's. It listens from now on, so
// that the client's first attempt to bind succeeds.
func (a *App) addCenter(address string) error {
	l, err := a.berths.listen(address, "message center")
	if err != nil {
		return err
	}
	g := a.Config.SMS.First
	a.Center = smscenter.New(smscenter.Config{Now: a.Now, SystemID: "demo", Accounts: map[string]string{g.SystemID: string(g.Password), simAccount: string(a.simPassword())}})
	a.Center.Route(g.Cards, g.SystemID)
	a.background = append(a.background, func(ctx context.Context) {
		if err := a.Center.Serve(ctx, l); err != nil {
			a.Log.ErrorContext(ctx, "the demo's message center ended", telemetry.Err(err), slog.String("address", address))
		}
	})
	return nil
}

// simPassword is that of the SIM cards' account, which is not the node's: eight characters.
func (a *App) simPassword() config.Secret {
	sum := sha256.Sum256([]byte("sims " + string(a.Config.SMS.First.Password)))
	return config.Secret(hex.EncodeToString(sum[:4]))
}
