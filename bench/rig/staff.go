package rig

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/oath"
)

// officerPhrase is what the officer logs in with: the databases live as long as a
// measurement.
const officerPhrase = "no horse, no battery: 7 staples"

// Officer is a security officer who is logged in to the console.
type Officer struct{ session string }

// Officer invites one and accepts the invitation.
func (s *Store) Officer(ctx context.Context) (o Officer, err error) {
	err = s.With(ctx, func(a *app.App) error {
		_, inv, err := a.Staff.Create(ctx, by, staff.New{Login: "officer", Name: "Olga Officer", Role: staff.SecurityOfficer})
		if err != nil {
			return err
		}
		e, err := a.Staff.Enrollment(ctx, inv.Code)
		if err != nil {
			return err
		}
		code, err := s.totp(e.Secret)
		if err != nil {
			return err
		}
		g, ok, err := a.Staff.Enroll(ctx, staff.Setup{Invitation: inv.Code, Password: officerPhrase, Code: code, Agent: "bench"})
		if err == nil && !ok {
			err = errors.New("the invitation was not accepted")
		}
		o.session = g.Token
		return err
	})
	return o, err
}

func (s *Store) totp(secret string) (string, error) {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.TrimRight(strings.ReplaceAll(secret, " ", ""), "="))
	if err != nil {
		return "", err
	}
	o, err := oath.NewTOTP(key, oath.TOTPOptions{})
	if err != nil {
		return "", err
	}
	return o.Code(s.rig.Now())
}

// Look fetches a page of the console; anything but the page itself is an error.
func (o Officer) Look(ctx context.Context, n *Node, path string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.Console+path, http.NoBody)
	if err != nil {
		return err
	}
	r.AddCookie(&http.Cookie{Name: "cs-console-session", Value: o.session}) //nolint:gosec // sent, not set
	status, body, err := do(r)
	if err == nil && (status != http.StatusOK || strings.Contains(body, `action="/login"`)) {
		err = fmt.Errorf("%s: status %d, %.300s", path, status, body)
	}
	return err
}

// Ends are a customer and a token of a population, as pages name them.
func (s *Store) Ends(ctx context.Context, p *Population, i int) (customerID, tokenID string, err error) {
	err = s.With(ctx, func(a *app.App) error {
		return a.DB.Read(ctx, func(tx *db.Tx) error {
			c, found, err := customer.ByNumber(tx, string(p.Number(nil, i)))
			if err != nil || !found {
				return errors.Join(err, fmt.Errorf("customer %d: found %t", i, found))
			}
			all, err := device.OfCustomer(tx, c.ID)
			if err != nil || len(all) == 0 {
				return errors.Join(err, errors.New("they have no token"))
			}
			customerID, tokenID = c.ID.String(), all[0].ID.String()
			return nil
		})
	})
	return customerID, tokenID, err
}
