package mobiletoken

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Handing says how an activation code is handed over.
type Handing struct {
	Way   policy.HandOver // "": the first of the application's
	Valid time.Duration   // life, 5 min and up to activation.max_life; 0: as the policy says
}

// Issued is a new activation code with what is shown of it, this one time.
type Issued struct {
	Code
	Application string // code
	Serial      string // of the token
	Password    string // upper-case hexadecimal characters; the first half when Split; "" when it was sent
	Split       bool
	Download    string // where the application is to be had
	Scheme      string // of links that open it; "" for none
}

// Part is the payload of the outbox message that carries an activation code or a part of
// its password.
type Part struct {
	CustomerNumber string    `json:"customer_number"`
	Application    string    `json:"application"`
	Download       string    `json:"download"`
	Serial         string    `json:"serial"`
	ClientID       string    `json:"client_id,omitempty"` // "" when it is shown
	Password       string    `json:"password_part"`
	Part           int       `json:"part"` // 2: the second half; 0: all of it
	Expires        time.Time `json:"expires_at"`
}

// MessageCode is the outbox kind of an activation code, or of its second half.
const MessageCode = "mobile_token.activation_code"

// clientIDs is the length of a ClientID in hexadecimal characters. It is no secret.
const clientIDs = 10

// Enrollment asks for a new token.
type Enrollment struct {
	// ID is that of the token, for callers that may send a request twice: the second one
	// is the Conflict "mobiletoken.made". Zero: a fresh one.
	ID          ident.ID
	Customer    ident.ID
	Application string // code
	Name        string // what its owner calls it, at most 60 characters; may be empty
	Proof       Proof  // of customers who act for themselves
	Handing     Handing
}

// Enroll makes a token for a customer, and its activation code. Faults:
// "mobiletoken.application" (Invalid), "mobiletoken.limit" (Conflict), those of an order.
func (d *Desk) Enroll(ctx context.Context, by audit.Actor, in Enrollment) (t Token, out Issued, err error) {
	name, err := readText(in.Name, "name", 60)
	if err != nil {
		return t, out, err
	}
	set := d.Policies.Active()
	app, known := set.Application(in.Application)
	if !known {
		return t, out, noApplication(in.Application)
	}
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		u := &unit{d: d, tx: tx, by: by, set: set, app: app, known: true}
		asked := Order{Customer: in.Customer, Proof: in.Proof}
		if u.note, err = asked.entitled(tx, by, needProof, ident.ID{}); err != nil {
			return err
		}
		if err := cooled(tx, set, by, asked); err != nil {
			return err
		}
		if err := hold(tx, in.Customer, app.Code); err != nil {
			return err
		}
		if _, made, err := Get(tx, in.Customer, in.ID); err != nil || made {
			return errors.Join(err, orMade(made))
		}
		if room, err := take(tx, in.Customer, app.Code, app.Tokens); err != nil || !room {
			return orFull(err, app)
		}
		if err := u.create(in.ID, in.Customer, name, true); err != nil {
			return err
		}
		out, err = u.issue(Enroll, in.Handing)
		t = u.t
		return err
	})
	return t, out, err
}

func orMade(made bool) error {
	if !made {
		return nil
	}
	return fault.Conflictf("mobiletoken.made", "This token was made already. If nobody has its activation code, renew it.")
}

func orFull(err error, app policy.Application) error {
	if err != nil {
		return err
	}
	return fault.Conflictf("mobiletoken.limit", "A customer may have %d mobile tokens of %s. Archive one first.", app.Tokens, app.Name)
}

// create stores a new token with a serial number of its own.
func (u *unit) create(id, owner ident.ID, name string, counted bool) error {
	const draws = 4
	if id.IsZero() {
		id = ident.New(u.tx.Now, u.d.Rand)
	}
	u.t = Token{Customer: owner, ID: id, Application: u.app.Code, Name: name, Status: Created, Created: u.tx.Now, Changed: u.tx.Now, counted: counted}
	var err error
	if u.t.Device, err = u.addDevice(); err != nil {
		return err
	}
	for range draws {
		u.t.Serial = "M" + authenticator.Digits(11, u.d.Rand)
		stored, err := u.t.insert(u.tx)
		if err != nil {
			return err
		}
		if stored {
			return u.record(AuditCreated, nil)
		}
	}
	return busy()
}

// issue makes an activation code for the token; an earlier one is superseded, and a key
// that was never proven is taken away.
func (u *unit) issue(p Purpose, h Handing) (out Issued, err error) {
	c, err := customer.Usable(u.tx, u.t.Customer)
	if err != nil {
		return out, err
	}
	if h, err = u.handing(h); err != nil {
		return out, err
	}
	if _, err := u.drop(Superseded); err != nil {
		return out, err
	}
	if err := u.move(Issue, change{}); err != nil {
		return out, err
	}
	on := u.t.Device
	if p == Redistribute {
		if on, err = u.addDevice(); err != nil {
			return out, err
		}
	}
	password, err := u.d.hexText(u.app.Activation.Length)
	if err != nil {
		return out, err
	}
	out = Issued{
		Code:        Code{Customer: u.t.Customer, Token: u.t.ID, Purpose: p, Status: Valid, Way: h.Way, Created: u.tx.Now, By: u.by.String(), Expires: u.tx.Now.Add(h.Valid), device: on},
		Application: u.app.Code, Serial: u.t.Serial, Split: u.app.Activation.Split, Download: u.app.Download, Scheme: u.app.Scheme,
	}
	if err := u.store(&out.Code, password); err != nil {
		return out, err
	}
	if err := u.record(AuditIssued, map[string]any{"client_id": out.ClientID, "purpose": p, "way": h.Way, "split": out.Split, "expires_at": out.Expires}); err != nil {
		return out, err
	}
	out.Password, err = u.handOver(c, out, password)
	out.password = nil
	return out, err
}

// handing completes and checks how a code is to be handed over.
func (u *unit) handing(h Handing) (Handing, error) {
	a := u.app.Activation
	if err := u.offered(); err != nil {
		return h, err
	}
	if h.Valid == 0 {
		h.Valid = a.Valid
	}
	if h.Valid < 5*time.Minute || h.Valid > a.MaxLife {
		return h, fault.Invalidf("mobiletoken.valid", "An activation code of %s may be valid for five minutes to %s.", u.app.Name, a.MaxLife).WithField("/valid")
	}
	if h.Way == "" {
		h.Way = a.Ways[0]
	}
	if !u.app.Allows(h.Way) {
		return h, fault.Invalidf("mobiletoken.way", "The policies do not let activation codes of %s be handed over so (%s).", u.app.Name, h.Way).WithField("/way")
	}
	return h, nil
}

// store draws a ClientID and stores the code with its sealed password.
func (u *unit) store(c *Code, password string) error {
	const draws = 4
	for range draws {
		id, err := u.d.hexText(clientIDs)
		if err != nil {
			return err
		}
		c.ClientID = id
		c.password = u.d.Ring.Seal(passwordLabel, codeRow(id), []byte(password))
		if stored, err := c.insert(u.tx); err != nil || stored {
			return err
		}
	}
	return busy()
}

// handOver returns what is shown of a password, and sends what is not.
func (u *unit) handOver(c customer.Customer, x Issued, password string) (shown string, err error) {
	part := Part{CustomerNumber: c.Number, Application: u.app.Code, Download: x.Download, Serial: x.Serial, Password: password, Expires: x.Expires}
	switch {
	case x.Split:
		// Each half is random by itself: neither helps to guess the other.
		shown, part.Password, part.Part = password[:len(password)/2], password[len(password)/2:], 2
	case x.Way == policy.HandShown:
		return password, nil
	default:
		part.ClientID = x.ClientID
	}
	payload, err := json.Marshal(part) //nolint:gosec // it is sealed in the outbox
	if err != nil {
		return "", err
	}
	return shown, u.d.Outbox.Put(u.tx, outbox.Message{Kind: MessageCode, Customer: c.ID, Payload: payload, Expires: x.Expires})
}
