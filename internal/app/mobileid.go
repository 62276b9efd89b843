package app

import (
	"encoding/json"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/passcode"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/speech"
	"github.com/countersign-auth/countersign/internal/telemetry"
)

// addMobileID opens the registration server and the signature server. The messaging server tells it
// what cards answer.
func (a *App) addMobileID() {
	d := mobileid.New(mobileid.Config{
		DB: a.DB, Ring: a.Ring, Policies: a.Policies, Outbox: a.Outbox, Cards: mobileid.SIMs{Sims: a.SIMs}, CA: mobileid.CA{PKI: a.PKI}, Rand: a.Rand,
		Country: a.Config.PKI.Country, Organization: a.Config.PKI.Organization, Refused: a.refusedOnSIM, Tell: a.tellOfMobileID, Observe: newSigned(a.Metrics),
	})
	a.MobileIDs = d
	a.Customers.Closed = append(a.Customers.Closed, d.Closed)
	a.Customers.Turned = append(a.Customers.Turned, d.CustomerTurned)
	a.SIMs.Handler, a.SIMs.Watcher = mobileid.FromSIM{Desk: d}, mobileid.FromSIM{Desk: d}
	a.handlers[mobileid.MessageCertify] = mobileid.Certifier{Desk: d}
	a.handlers[mobileid.MessageValidate] = mobileid.Validator{Desk: d}
	a.handlers[mobileid.MessageStamp] = mobileid.Stamper{Desk: d}
	a.handlers[mobileid.MessageNothing] = outbox.HandlerFunc(passcode.Nothing)
}

// newSigned counts how requests of phones ended.
func newSigned(m *telemetry.Metrics) func(kind mobileid.Kind, status mobileid.Status, took time.Duration) {
	outcomes := m.Counter("countersign_mobileid_requests_total", "Requests of SIM cards that have ended, by kind and state.", "kind", "status")
	durations := m.Durations("countersign_mobileid_duration_seconds", "How long requests of SIM cards took, the person included.", "kind")
	return func(kind mobileid.Kind, status mobileid.Status, took time.Duration) {
		outcomes.Add(1, string(kind), string(status))
		durations.Observe(took, string(kind))
	}
}

// tellOfMobileID sends news of a mobile ID to the verified phones of its owner.
func (a *App) tellOfMobileID(tx *db.Tx, by audit.Actor, n mobileid.News) error {
	return a.textNotice(tx, by, n.Customer, n.Key(), n.Text)
}

// refusedOnSIM ends what a customer has refused on the phone. Where they have not asked for it, by the
// bank or by a service provider, the channel is closed if the policies say so, the customer hears
// of it by another way, and the engine and analysts do.
func (a *App) refusedOnSIM(tx *db.Tx, by audit.Actor, t mobileid.Transaction) error {
	reported := t.Status == mobileid.Reported
	var ended hub.Ended
	var err error
	if !t.Authentication.IsZero() {
		why := hub.Declined
		if reported {
			why = hub.Disowned
		}
		if ended, err = a.Hub.Refuse(tx, by, t.Customer, t.Authentication, why); err != nil {
			return err
		}
	}
	if reported {
		if err := a.reportedOnSIM(tx, by, t, ended); err != nil {
			return err
		}
	}
	if ended.Event.IsZero() && !reported {
		return nil
	}
	payload, err := json.Marshal(refusal{Customer: t.Customer, Prompt: t.ID, Event: ended.Event, Reported: reported})
	if err != nil {
		return err
	}
	return a.Outbox.Put(tx, outbox.Message{Kind: messageRefused, Customer: t.Customer, Payload: payload, Dedupe: t.ID.String()})
}

// reportedOnSIM does at once what follows from "I did not start this".
func (a *App) reportedOnSIM(tx *db.Tx, by audit.Actor, t mobileid.Transaction, ended hub.Ended) error {
	rule, _ := a.Policies.Active().Policy(t.Policy)
	if rule.Approval.Close > 0 && ended.Channel != "" {
		_, err := a.Risk.BlockChannel(tx, by, risk.ChannelBlock{
			Customer: t.Customer, Channel: ended.Channel, Cause: risk.CauseRisk, Event: ended.Event, Authentication: t.Authentication,
			Reason: "the customer says: it was not me", Until: tx.Now.Add(rule.Approval.Close),
		})
		if err != nil {
			return err
		}
	}
	return a.textNotice(tx, by, t.Customer, mobileid.AuditReport+":"+t.ID.String(), disownedOnSIM)
}

// disownedOnSIM tells a customer what was done on their phone.
func disownedOnSIM(locale string) string {
	if speech.German(locale) {
		return "Auf Ihrem Telefon wurde gemeldet, dass eine Unterschrift nicht von Ihnen verlangt wurde. Sie wurde abgelehnt. Waren Sie das nicht? Rufen Sie Ihre Bank an."
	}
	return "On your phone it was reported that you did not ask for a signature. It was refused. Was it not you? Call your bank."
}

// eraseMobileIDs forgets the mobile IDs of a customer, and what the authority keeps of their certificates.
func (a *App) eraseMobileIDs(tx *db.Tx, customer ident.ID) error {
	if err := a.MobileIDs.Forget(tx, customer); err != nil {
		return err
	}
	return a.PKI.Erase(tx, customer)
}
