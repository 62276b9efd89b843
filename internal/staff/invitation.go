package staff

import (
	"context"
	"encoding/base32"
	"io"
	"net/url"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/oath"
)

const (
	invitationChars = 24 // 120 random bits
	invitationLife  = 72 * time.Hour
	totpKeySize     = 20 // bytes, as RFC 4226, section 4, recommends for SHA-1
)

// Invitation lets one person set up their login. Hand it over in person or by a
// way that only they can read.
type Invitation struct {
	Code  string
	Until time.Time
}

// Enrollment is what an invited person needs to set up an authenticator app.
type Enrollment struct {
	Login  string
	Name   string
	Until  time.Time
	Secret string // the TOTP key in base 32, to be typed
	URI    string // the same as otpauth:, for a QR code
}

// invite gives a member a fresh TOTP key and invitation, and takes everything
// else that would let anybody in.
func (r *Roster) invite(tx *db.Tx, by audit.Actor, kind string, m Member) (Invitation, error) {
	key := make([]byte, totpKeySize)
	if _, err := io.ReadFull(r.Rand, key); err != nil {
		panic("staff: no randomness: " + err.Error())
	}
	inv := Invitation{Code: ident.NewCode(invitationChars, r.Rand), Until: tx.Now.Add(invitationLife)}
	mac, _ := r.invitationMAC(inv.Code)
	_, err := tx.Exec(`UPDATE staff SET status = 'invited', password = '', totp = $2, totp_next = 0, invitation = $3, invitation_until = $4,
		failures = 0, blocks = 0, blocked_until = NULL, changed_at = $5 WHERE id = $1`,
		m.ID, r.Ring.Seal(totpLabel, m.ID, key), mac, inv.Until, tx.Now)
	if err != nil {
		return Invitation{}, err
	}
	audit.Record(tx, audit.Event{Kind: kind, By: by, Object: m.ID.String(), Details: map[string]any{"login": m.Login, "role": m.Role}})
	return inv, endSessions(tx, m.ID)
}

// invitationMAC is the stored form of a code; false when none could be meant.
func (r *Roster) invitationMAC(typed string) ([]byte, bool) {
	code, err := ident.ReadCode(typed)
	return r.Ring.MAC("staff.invitation", []byte(code)), err == nil
}

// invited finds the member of an invitation that is still good.
func (r *Roster) invited(ctx context.Context, code string) (m Member, until time.Time, err error) {
	mac, ok := r.invitationMAC(code)
	if !ok {
		return m, until, badInvitation()
	}
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		if m, err = find(tx, "invitation = $1 AND invitation_until > $2 AND status = 'invited'", mac, tx.Now); err != nil {
			return err
		}
		return tx.Row("SELECT invitation_until FROM staff WHERE id = $1", m.ID).Scan(&until)
	})
	if fault.Is(err, "staff.unknown") {
		err = badInvitation()
	}
	return m, until, err
}

func badInvitation() error {
	return fault.Deniedf("staff.invitation", "The invitation is mistyped, used or expired: compare it again, or ask an administrator for a new one.").WithField("/invitation")
}

// Enrollment shows an invited person what to put into their authenticator app.
// The fault "staff.invitation" (Denied) says that the code is not good.
func (r *Roster) Enrollment(ctx context.Context, code string) (Enrollment, error) {
	m, until, err := r.invited(ctx, code)
	if err != nil {
		return Enrollment{}, err
	}
	key, err := r.Ring.Open(totpLabel, m.ID, m.totp)
	if err != nil {
		return Enrollment{}, err
	}
	e := Enrollment{Login: m.Login, Name: m.Name, Until: until, Secret: base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(key)}
	e.URI = otpauth(r.Issuer, m.Login, e.Secret)
	return e, nil
}

// otpauth is the key URI format of authenticator apps.
func otpauth(issuer, login, secret string) string {
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + login}
	return u.String() + "?secret=" + secret + "&issuer=" + url.PathEscape(issuer) +
		"&algorithm=SHA1&digits=" + strconv.Itoa(codeDigits) + "&period=" + strconv.Itoa(codePeriod)
}

// Setup is what an invited person sends back.
type Setup struct {
	Invitation string
	Password   string
	Code       string // the first code of the authenticator app
	Source     string // address and program, for the list of sessions
	Agent      string
}

// Enroll turns an invitation into a login and logs the person in. A wrong code
// is false by value; the invitation stays good, for whoever has it has seen the
// key. Faults: "staff.invitation", "staff.password_weak".
func (r *Roster) Enroll(ctx context.Context, s Setup) (g Grant, ok bool, err error) {
	m, _, err := r.invited(ctx, s.Invitation)
	if err != nil {
		return g, false, err
	}
	password, err := checkPassword(s.Password, m.Login)
	if err != nil {
		return g, false, err
	}
	step, ok, err := r.checkCode(m, s.Code)
	if err != nil || !ok {
		return g, false, err
	}
	hashed, err := r.Hasher.Hash(ctx, password)
	if err != nil {
		return g, false, err
	}
	err = r.DB.Settle(ctx, m.ID, func(tx *db.Tx) error {
		g, err = r.enroll(tx, m, hashed, step, s)
		return err
	})
	return g, err == nil, err
}

// enroll spends the invitation by compare-and-swap.
func (r *Roster) enroll(tx *db.Tx, m Member, password string, step int64, s Setup) (Grant, error) {
	mac, _ := r.invitationMAC(s.Invitation)
	n, err := tx.Exec(`UPDATE staff SET status = 'active', password = $2, totp_next = $3, invitation = NULL, invitation_until = NULL, changed_at = $4, logged_in_at = $4
		WHERE id = $1 AND invitation = $5 AND invitation_until > $4 AND status = 'invited'`, m.ID, password, step+1, tx.Now, mac)
	switch {
	case err != nil:
		return Grant{}, err
	case n == 0:
		return Grant{}, badInvitation()
	}
	audit.Record(tx, audit.Event{Kind: AuditEnrolled, By: audit.Staff(m.ID, m.Login), Object: m.ID.String()})
	return r.begin(tx, m, tx.Now, s.Source, s.Agent)
}

const (
	codeDigits = 6
	codePeriod = 30 // seconds of a time step
)

// checkCode looks for a code in the step of now and its neighbors, none of them
// used before. It costs the same whatever the code is.
func (r *Roster) checkCode(m Member, typed string) (step int64, ok bool, err error) {
	key, err := r.Ring.Open(totpLabel, m.ID, m.totp)
	if err != nil {
		return 0, false, err
	}
	totp, err := oath.NewTOTP(key, oath.TOTPOptions{Digits: codeDigits, Step: codePeriod * time.Second})
	if err != nil {
		return 0, false, err
	}
	code, _ := oath.CanonicalRange(typed, codeDigits, codeDigits)                      // "" matches nothing
	match, ok := totp.Find(code, r.Now(), oath.Window{Steps: 1, From: uint64(m.next)}) //nolint:gosec // never negative
	return int64(match.Step), ok, nil                                                  //nolint:gosec // below 2^62
}
