package rig

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/config"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// by is who acts here, as recorded.
var by = audit.System("bench")

// clientSecret are the credentials of the calling application.
type clientSecret struct{ id, secret string }

// maxRate is more than any of our machines does: rates are not what is measured.
const maxRate = 1_000_000

// config is the configuration of a node on the store.
func (s *Store) config() config.Config {
	c := config.Default()
	c.Origin = "bench.example"
	c.Database.DSN = config.Secret(s.DSN)
	c.Keys.Value = config.Secret(s.rig.key)
	c.Audit.Anchor = s.anchor
	c.API.Address, c.Console.Address, c.Metrics.Address = "", "", ""
	return c
}

// prepare makes schema, keys and the calling application.
func (s *Store) prepare(ctx context.Context) error {
	d, err := db.Open(ctx, db.Config{DSN: s.DSN, Now: s.rig.Now})
	if err != nil {
		return err
	}
	if err := errors.Join(s.initialize(ctx, d), d.Close()); err != nil {
		return err
	}
	return s.With(ctx, func(a *app.App) error {
		c, secret, err := a.Clients.Create(ctx, by, client.New{
			Name: "Load generator", Scopes: client.Authentications | client.InteractionsWrite, Secret: true, Rate: maxRate, Burst: maxRate,
		})
		s.client = clientSecret{c.ID.String(), secret}
		return err
	})
}

func (s *Store) initialize(ctx context.Context, d *db.DB) error {
	if _, err := d.Migrate(ctx); err != nil {
		return err
	}
	kek, err := keyring.ParseEnv(s.rig.key, rand.Reader)
	if err != nil {
		return err
	}
	return keyring.Init(ctx, d, kek, keyring.Options{Rand: rand.Reader, Now: s.rig.Now}, by.String())
}

// With opens the installation in this process and closes it again.
func (s *Store) With(ctx context.Context, f func(*app.App) error) error {
	a, err := app.New(ctx, app.Setup{Config: s.config(), Now: s.rig.Now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	return errors.Join(f(a), a.Close()) //nolint:contextcheck // closing has two seconds of its own, whatever became of ctx
}
