package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
)

// ChangePayees is the request of trustPayee and distrustPayee.
type ChangePayees struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	Authentication string `json:"authentication" minLength:"1" maxLength:"128" doc:"The customer's newest authentication with two factors, which this client has started: of the purpose self-service, or of a payment to this very payee. It is good for one change, within the minutes that the policies say."`
	Payee          Payee  `json:"payee" doc:"The payee, by account: names are not unique."`
}

// TrustedPayees are the payees that a customer trusts.
type TrustedPayees struct {
	Payees []TrustedPayee `json:"payees" doc:"By account; there are 500 at most."`
}

// TrustedPayee is a payee on the customer's list.
type TrustedPayee struct {
	Payee   Payee     `json:"payee" doc:"The payee, in normal form."`
	AddedAt time.Time `json:"added_at" doc:"When the customer put them there, or changed their name."`
}

// SetOwnAccounts is the request of setOwnAccounts.
type SetOwnAccounts struct {
	CustomerNumber string       `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	Accounts       []OwnAccount `json:"accounts" maxItems:"500" doc:"All of them: the list takes the place of the one before."`
}

// OwnAccounts are a customer's own accounts with the bank.
type OwnAccounts struct {
	Accounts []OwnAccount `json:"accounts" doc:"By scheme and number."`
}

// OwnAccount is an account of a customer with the bank.
type OwnAccount struct {
	Scheme  string `json:"scheme" enum:"iban,local,swift,cz,gb,no,us,au" doc:"How the account is written."`
	Account string `json:"account" minLength:"1" maxLength:"256" doc:"The account as people write it."`
}

func payeeOf(a exemption.Account, name string) Payee {
	return Payee{Scheme: string(a.Scheme), Account: a.Account, Name: name}
}

func (p Payee) domain() payment.Payee {
	return payment.Payee{Scheme: payment.Scheme(p.Scheme), Account: p.Account, Name: p.Name}
}

func (a *API) trustedOperations() []operation {
	at := func(id, method, rest, summary, text string) route {
		return route{id: id, method: method, path: "/v1/customers/{customer_number}/" + rest, tag: tagExemptions, scopes: client.ExemptionsLists, summary: summary, text: text, absent: true}
	}
	trusted := TrustedPayee{Payee{"iban", "NO9386011117947", "Kari Nordmann"}, exampleTime(0)}
	own := []OwnAccount{{"iban", "NO9386011117947"}}
	warrant := " It needs strong authentication of the customer, a new one for each change: otherwise that is 403, exemption.warrant. With an Idempotency-Key the same answer can be had again for a day."
	return []operation{
		act[CustomerRef, TrustedPayees]{
			route: at("listTrustedPayees", http.MethodGet, "payees", "List the payees that a customer trusts", ""), status: http.StatusOK, do: a.listTrustedPayees, out: TrustedPayees{[]TrustedPayee{trusted}},
		},
		act[ChangePayees, TrustedPayees]{
			route: at("trustPayee", http.MethodPost, "payees", "Put a payee on the list", "Where the policies exempt them, payments to trusted payees need no proof. A payee who is on the list gets the new name."+warrant), status: http.StatusCreated,
			repeats: stored, do: a.trustPayee, in: ChangePayees{Authentication: exampleHandle, Payee: Payee{"iban", "NO93 8601 1117 947", "Kari Nordmann"}}, out: TrustedPayees{[]TrustedPayee{trusted}},
		},
		act[ChangePayees, TrustedPayees]{
			route: at("distrustPayee", http.MethodPost, "payees/remove", "Take a payee off the list", warrant[1:]), status: http.StatusOK,
			repeats: stored, do: a.distrustPayee, in: ChangePayees{Authentication: exampleHandle, Payee: Payee{Scheme: "iban", Account: "NO93 8601 1117 947"}}, out: TrustedPayees{[]TrustedPayee{}},
		},
		act[CustomerRef, OwnAccounts]{
			route: at("listOwnAccounts", http.MethodGet, "own-accounts", "List a customer's own accounts", ""), status: http.StatusOK, do: a.listOwnAccounts, out: OwnAccounts{own},
		},
		act[SetOwnAccounts, OwnAccounts]{
			route:  at("setOwnAccounts", http.MethodPost, "own-accounts", "Say which accounts are a customer's own", "Where the policies exempt them, credit transfers to them need no proof. They must be the customer's, and with this bank. No customer can say so, on any page."),
			status: http.StatusOK, repeats: stored, do: a.setOwnAccounts, in: SetOwnAccounts{Accounts: own}, out: OwnAccounts{own},
		},
	}
}

func (a *API) listTrustedPayees(ctx context.Context, _ *call, in *CustomerRef) (TrustedPayees, error) {
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return TrustedPayees{}, err
	}
	return a.trustedBy(ctx, who.ID)
}

func (a *API) trustedBy(ctx context.Context, customer ident.ID) (TrustedPayees, error) {
	out := TrustedPayees{Payees: []TrustedPayee{}}
	all, err := a.Exemptions.Trusted(ctx, customer)
	for _, b := range all {
		out.Payees = append(out.Payees, TrustedPayee{Payee{string(b.Payee.Scheme), b.Payee.Account, b.Payee.Name}, b.Added})
	}
	return out, err
}

// warrant reads the authentication that allows a change of a customer's lists.
func (a *API) warrant(ctx context.Context, c *call, number, handle string) (customer ident.ID, w exemption.Warrant, err error) {
	who, err := a.Customers.GetByNumber(ctx, number)
	if err != nil {
		return customer, w, err
	}
	proven, err := a.Hub.Proven(ctx, c.access.Actor(), handle)
	return who.ID, exemption.Warrant{Authentication: proven.ID, Payment: proven.Payment}, err
}

func (a *API) trustPayee(ctx context.Context, c *call, in *ChangePayees) (TrustedPayees, error) {
	customer, w, err := a.warrant(ctx, c, in.CustomerNumber, in.Authentication)
	if err != nil {
		return TrustedPayees{}, err
	}
	if err := a.Exemptions.Trust(ctx, c.access.Actor(), customer, w, in.Payee.domain()); err != nil {
		return TrustedPayees{}, err
	}
	return a.trustedBy(ctx, customer)
}

func (a *API) distrustPayee(ctx context.Context, c *call, in *ChangePayees) (TrustedPayees, error) {
	customer, w, err := a.warrant(ctx, c, in.CustomerNumber, in.Authentication)
	if err != nil {
		return TrustedPayees{}, err
	}
	found, err := a.Exemptions.Distrust(ctx, c.access.Actor(), customer, w, in.Payee.domain())
	switch {
	case err != nil:
		return TrustedPayees{}, err
	case !found:
		return TrustedPayees{}, fault.NotFoundf("exemption.unknown", "The payee is not on the customer's list.").WithField("/payee")
	}
	return a.trustedBy(ctx, customer)
}

func (a *API) listOwnAccounts(ctx context.Context, _ *call, in *CustomerRef) (OwnAccounts, error) {
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return OwnAccounts{}, err
	}
	return a.ownedBy(ctx, who.ID)
}

func (a *API) ownedBy(ctx context.Context, customer ident.ID) (OwnAccounts, error) {
	out := OwnAccounts{Accounts: []OwnAccount{}}
	all, err := a.Exemptions.Accounts(ctx, customer)
	for _, x := range all {
		out.Accounts = append(out.Accounts, OwnAccount{string(x.Scheme), x.Account})
	}
	return out, err
}

func (a *API) setOwnAccounts(ctx context.Context, c *call, in *SetOwnAccounts) (OwnAccounts, error) {
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return OwnAccounts{}, err
	}
	all := make([]exemption.Account, len(in.Accounts))
	for i, x := range in.Accounts {
		all[i] = exemption.Account{Scheme: payment.Scheme(x.Scheme), Account: x.Account}
	}
	if err := a.Exemptions.SetAccounts(ctx, c.access.Actor(), who.ID, all); err != nil {
		return OwnAccounts{}, err
	}
	return a.ownedBy(ctx, who.ID)
}
