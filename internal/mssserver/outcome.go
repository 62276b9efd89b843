package mssserver

import (
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/provider"
	"github.com/countersign-auth/countersign/mss"
)

// outcome is what a provider is told of a transaction: a status, or a fault as the error. It is
// the table of the package comment.
func outcome(t mobileid.Transaction, p *provider.Provider) (status int, err error) {
	no := func(code, second int, detail string) (int, error) { return 0, mss.Faultf(code, second, "%s", detail) }
	switch t.Status {
	case mobileid.Asked, mobileid.Delivered, mobileid.Signed:
		return mss.OutstandingTransaction, nil
	case mobileid.Valid:
		return p.Success, nil
	case mobileid.Revoked:
		return mss.RevokedCertificate, nil
	case mobileid.Invalid:
		return invalid(t.Reason)
	case mobileid.Canceled:
		return no(mss.UserCancel, mss.Canceled, "The person does not want it.")
	case mobileid.Reported:
		return no(mss.UserCancel, mss.Canceled, "The person says that they have not asked for it.")
	case mobileid.Postponed:
		return no(mss.UserCancel, mss.Postponed, "The person wants it later.")
	case mobileid.WrongPIN:
		return no(mss.UserCancel, mss.WrongPIN, "The PIN was wrong, and the person gave up.")
	case mobileid.WrongControl:
		return no(mss.UserCancel, mss.Canceled, "The person chose another control code than the one that is shown.")
	case mobileid.PINBlocked:
		if t.Reason == mobileid.PUKBlocked {
			return no(mss.CardBlocked, mss.PUKIsBlocked, "The PIN of the card cannot be unblocked any more.")
		}
		return no(mss.PINBlocked, mss.PINIsBlocked, "The PIN is blocked.")
	case mobileid.TimedOut:
		if p.Entitled && t.Delivered.IsZero() {
			return no(mss.ExpiredTransaction, mss.ServerTimeout, "The phone did not answer in time.")
		}
		return no(mss.ExpiredTransaction, mss.UserTimeout, "Nobody answered in time.")
	case mobileid.Undelivered:
		return undelivered(t.Reason)
	case mobileid.Failed:
		return failed(t.Reason)
	case mobileid.Withdrawn:
		return no(mss.ExpiredTransaction, mss.ServerTimeout, "The request was withdrawn.")
	case mobileid.Done:
	}
	return no(mss.InternalError, mss.ServerError, "This is no request for a signature.")
}

// invalid says why a signature was not found to be valid.
func invalid(why mobileid.Reason) (int, error) {
	switch why {
	case mobileid.NoCertificate:
		return 0, mss.Faultf(mss.NoCertFound, 0, "No certificate is registered.")
	case mobileid.NoRevocation:
		return 0, mss.Faultf(mss.CRLProblem, 0, "The status of the certificate could not be learned.")
	case mobileid.StaleRevocation:
		return 0, mss.Faultf(mss.CRLExpired, 0, "What is known of the status of the certificate is too old.")
	case mobileid.BadCertificate:
		return 0, mss.Faultf(mss.ErrorCertificate, 0, "The certificate is not good for this signature.")
	default:
		return mss.InvalidSignature, nil
	}
}

func undelivered(why mobileid.Reason) (int, error) {
	switch why {
	case mobileid.NoCard:
		return 0, mss.Faultf(mss.OTAError, mss.CardNotKnown, "The card is not known.")
	case mobileid.PhoneAbsent:
		return 0, mss.Faultf(mss.OTAError, mss.PhoneAbsent, "The phone is switched off, or without network.")
	default:
		return 0, mss.Faultf(mss.OTAError, mss.OTAUnknown, "The message did not reach the card.")
	}
}

func failed(why mobileid.Reason) (int, error) {
	switch why {
	case mobileid.NoKey:
		return 0, mss.Faultf(mss.NoKeyFound, mss.KeyMissing, "The card has no key of this kind.")
	case mobileid.CardBusy:
		return 0, mss.Faultf(mss.PBSignatureProcess, 0, "The card is busy with another request.")
	case mobileid.TooLongForCard:
		return 0, mss.Faultf(mss.WrongDataLength, 0, "The card cannot show that much.")
	case mobileid.Unsupported:
		return 0, mss.Faultf(mss.OTAError, mss.CardCapabilities, "The card cannot do this.")
	case mobileid.CardError:
		return 0, mss.Faultf(mss.OTAError, mss.OTAUnknown, "The card refused the message.")
	default:
		return 0, mss.Faultf(mss.InternalError, mss.SIMApplicationError, "The card's answer could not be used.")
	}
}
