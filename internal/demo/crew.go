package demo

import (
	"context"
	"encoding/base32"
	"fmt"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/emulator/hardtoken"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/oath"
)

// member is somebody of the made-up bank's staff.
type member struct {
	login, name string
	role        staff.Role
	serial      string // of their authenticator in the lab
}

func crew() []member {
	return []member{
		{"ines", "Ines Moreau", staff.Administrator, "STAFF-01"},
		{"noor", "Noor Haddad", staff.HelpDesk, "STAFF-02"},
		{"otto", "Otto Berger", staff.SecurityOfficer, "STAFF-03"},
		{"priya", "Priya Raman", staff.FraudAnalyst, "STAFF-04"},
		{"quinn", "Quinn Doyle", staff.Auditor, "STAFF-05"},
		{"rosa", "Rosa Lindgren", staff.SecurityOfficer, "STAFF-06"}, // the second of four eyes
	}
}

// crew invites the staff and accepts the invitations in their names: each gets a
// password of their own and an authenticator, which lies on the lab's shelf.
func (x *filling) crew(ctx context.Context) error {
	for _, m := range crew() {
		_, inv, err := x.Staff.Create(ctx, by, staff.New{Login: m.login, Name: m.name, Role: m.role})
		if err != nil {
			return err
		}
		e, err := x.Staff.Enrollment(ctx, inv.Code)
		if err != nil {
			return err
		}
		x.facts.Staff = append(x.facts.Staff, Member{
			Login: m.login, Name: m.name, Role: string(m.role), TOTP: strings.ReplaceAll(e.Secret, " ", ""),
			Password: x.password(m.login), Authenticator: m.serial,
		})
		t, err := x.authenticator(m)
		if err != nil {
			return err
		}
		if err := x.Shelf.Add(t.model, t.unit, t.label); err != nil {
			return err
		}
		code, err := x.totp(t)
		if err != nil {
			return err
		}
		_, ok, err := x.Staff.Enroll(ctx, staff.Setup{Invitation: inv.Code, Password: x.password(m.login), Code: code, Agent: "demo"})
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("the authenticator of %s gave a wrong code", m.login)
		}
	}
	return nil
}

// authenticator is the member's authenticator as a token with one button; nil
// before they were invited.
func (x *filling) authenticator(m member) (*made, error) {
	for _, f := range x.facts.Staff {
		if f.Login != m.login {
			continue
		}
		key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.TrimRight(f.TOTP, "="))
		if err != nil {
			return nil, err
		}
		model, _ := hardtoken.ModelByID("b110")
		return &made{model: model, label: m.name + " (staff)", unit: hardtoken.Unit{
			Serial: m.serial, Made: x.facts.Made, Expires: x.facts.Made.Add(life), Secrets: map[string][]byte{"login": key},
		}}, nil
	}
	return nil, nil
}

// totp computes the code that the authenticator showed half a minute ago, so that
// the one it shows now is still good for a first login.
func (x *filling) totp(t *made) (string, error) {
	o, err := oath.NewTOTP(t.unit.Secrets["login"], oath.TOTPOptions{})
	if err != nil {
		return "", err
	}
	return o.Code(x.Now().Add(-30 * time.Second))
}

// password derives a member's password, so that it can be told again.
func (x *filling) password(login string) string {
	return "alder-" + strings.ToLower(base32.StdEncoding.EncodeToString(x.factory.seed("staff", login, 10)))
}
