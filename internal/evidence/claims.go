package evidence

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Type is the typ of an assertion (RFC 7515, section 4.1.9).
const Type = "countersign-assertion+jwt"

// Classes of authentications (acr).
const (
	ClassSCA    = "urn:countersign:acr:sca"    // two independent factors (RTS Art. 4(1))
	ClassSingle = "urn:countersign:acr:single" // one factor
)

// MaxOrders is how many orders of a batch an assertion lists. A larger batch is in it
// with its hash, total and number of orders, which bind the orders just as well.
const MaxOrders = 100

// Claims are what an assertion says (RFC 7519, and our own). Times are seconds
// since 1970 in UTC.
type Claims struct {
	Issuer   string   `json:"iss"`
	Audience string   `json:"aud"`       // whom it was made for
	Subject  string   `json:"sub"`       // the bank's number of the customer
	ID       string   `json:"jti"`       // one for authentication and audience
	IssuedAt int64    `json:"iat"`       // when it was signed
	AuthTime int64    `json:"auth_time"` // when the authentication was granted
	Txn      string   `json:"txn"`       // the authentication, by the name that the API gave it
	Record   string   `json:"record"`    // the same, as the object of records in the audit log
	Client   string   `json:"client_id"` // who started the authentication
	Purpose  string   `json:"purpose"`   // login, payment …
	Channel  string   `json:"channel"`   // web, branch …
	Class    string   `json:"acr"`       // ClassSCA or ClassSingle
	Means    []string `json:"amr"`       // RFC 8176
	Methods  []Method `json:"methods"`   // the proofs, in the order of the steps
	Policies int64    `json:"policy_version"`

	PaymentHash string   `json:"payment_hash,omitempty"` // SHA-256 of the canonical form, 64 hexadecimal digits
	Payment     *Payment `json:"payment,omitempty"`
}

// Method is one proof in an assertion.
type Method struct {
	Policy  string   `json:"policy"`           // its code
	Method  string   `json:"method"`           // token …
	Use     string   `json:"use,omitempty"`    // code, or sign when the proof was computed over the payment
	Factors []string `json:"factors"`          // what it showed
	Device  string   `json:"device,omitempty"` // serial number
	Shown   *Shown   `json:"shown,omitempty"`  // on the customer's phone
}

// Shown is what a customer was shown, and has agreed to.
type Shown struct {
	ID         string `json:"id"`                // of the approval, as the audit log names it
	Content    string `json:"content"`           // exactly as it was shown and signed
	Digest     string `json:"content_sha256"`    // of the content, 64 hexadecimal digits
	Control    string `json:"control,omitempty"` // the digits that were signed with it
	AnsweredAt int64  `json:"answered_at"`       // seconds since 1970
}

func shownOf(x *authenticator.Exhibit) *Shown {
	if x == nil {
		return nil
	}
	sum := sha256.Sum256([]byte(x.Content))
	return &Shown{ID: x.ID.String(), Content: x.Content, Digest: hex.EncodeToString(sum[:]), Control: x.Control, AnsweredAt: x.At.Unix()}
}

// Payment is a payment in an assertion, in its normal form.
type Payment struct {
	Amount   string          `json:"amount"` // of all orders, decimal
	Currency string          `json:"currency"`
	Count    int             `json:"count"`            // how many orders there are
	Orders   []payment.Order `json:"orders,omitempty"` // none when there are more than MaxOrders
}

// claims turns facts into claims.
func claims(f Facts, issuer, audience string, at time.Time) (Claims, error) {
	if f.Granted.IsZero() || len(f.Proofs) == 0 || f.Subject == "" {
		return Claims{}, fault.Conflictf("evidence.not_granted", "This authentication was not granted, so there is nothing to assert about it.")
	}
	client := clientName(f.Client)
	if audience == "" {
		audience = client
	}
	c := Claims{
		Issuer: issuer, Audience: audience, Subject: f.Subject, ID: ident.Derive("assertion", f.ID.String(), audience).String(),
		IssuedAt: at.Unix(), AuthTime: f.Granted.Unix(), Txn: f.Authentication, Record: f.object(), Client: client,
		Purpose: f.Purpose, Channel: f.Channel, Class: ClassSingle, Means: means(f), Policies: f.Policies,
	}
	if f.Factors().Independent() {
		c.Class = ClassSCA
	}
	for _, p := range f.Proofs {
		c.Methods = append(c.Methods, Method{Policy: p.Policy, Method: string(p.Method), Use: string(p.Use), Factors: p.Factors.Names(), Device: p.Device, Shown: shownOf(p.Exhibit)})
	}
	if !f.Payment.IsZero() {
		c.PaymentHash, c.Payment = f.Payment.Hash().String(), paymentOf(f.Payment)
	}
	return c, nil
}

func paymentOf(p payment.Payment) *Payment {
	out := &Payment{Amount: p.Total().Decimal(), Currency: string(p.Total().Currency), Count: p.Len()}
	if p.Len() <= MaxOrders {
		out.Orders = p.Orders()
	}
	return out
}

// clientName is how an OAuth client calls itself, or the actor's name in the log.
func clientName(a audit.Actor) string {
	if a.Kind == audit.ClientKind {
		return a.ID.String()
	}
	return a.String()
}

// object names the authentication in the audit log.
func (f Facts) object() string { return cmp.Or(f.Object, "authentication:"+f.ID.String()) }

// means are the authentication method references of RFC 8176, section 2: sorted,
// each once.
func means(f Facts) (all []string) {
	for _, p := range f.Proofs {
		switch p.Method {
		case policy.MethodToken, policy.MethodMobile:
			all = append(all, "otp")
			if p.Factors&authenticator.Knowledge != 0 {
				all = append(all, "pin")
			}
		case policy.MethodApproval, policy.MethodPicture:
			all = append(all, "pop", "pin")
		case policy.MethodMobileID:
			all = append(all, "pop", "pin", "mca") // a key on the SIM, its PIN, and another channel
		case policy.MethodPassword:
			all = append(all, "pwd")
		case policy.MethodPasscode:
			all = append(all, "otp", "sms")
		}
	}
	if f.Factors().Independent() {
		all = append(all, "mfa")
	}
	slices.Sort(all)
	return slices.Compact(all)
}
