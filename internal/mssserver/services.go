package mssserver

import (
	"strings"

	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/mss"
)

// services puts additional services into a request, and lists those that are served.
func services(in *mobileid.Request, all []mss.Service) (served []string, err error) {
	seen := map[string]bool{}
	for _, s := range all {
		if seen[s.Description] {
			return nil, mss.Faultf(mss.WrongParam, 0, "An additional service stands more than once.")
		}
		seen[s.Description] = true
		if err := service(in, s); err != nil {
			return nil, err
		}
		served = append(served, s.Description)
	}
	return served, nil
}

func service(in *mobileid.Request, s mss.Service) error {
	switch s.Description {
	case mss.ServiceEventID:
		if s.Value == "" {
			return mss.Faultf(mss.MissingParam, 0, "EventID is missing.")
		}
		in.Event = s.Value
	case mss.ServiceSpamCode:
		return spamCode(in, s)
	case mss.ServiceLanguage:
		in.Language = s.Value
	case mss.ServiceControl:
		mode, known := controls(s.Value)
		if !known {
			return mss.Faultf(mss.WrongParam, 0, "ControlCode is shown, chosen or typed.")
		}
		in.Control = mode
	case mss.ServiceValidate, mss.ServiceSession: // every signature is validated; a session is the provider's own business
	default:
		return mss.Faultf(mss.WrongParam, mss.UnknownService, "The additional service %q is not offered.", clip(s.Description))
	}
	return nil
}

// spamCode takes the spam-prevention code: 3 to 16 characters, a letter first (FiCom).
func spamCode(in *mobileid.Request, s mss.Service) error {
	if strings.EqualFold(s.Verify, "no") {
		return nil
	}
	letter := s.Value != "" && (s.Value[0] >= 'a' && s.Value[0] <= 'z' || s.Value[0] >= 'A' && s.Value[0] <= 'Z')
	switch {
	case s.Value == "":
		return mss.Faultf(mss.MissingParam, mss.MissingSpamCode, "NoSpamCode is empty.")
	case len(s.Value) < 3 || len(s.Value) > 16 || !letter:
		return mss.Faultf(mss.WrongParam, mss.InvalidSpamCode, "NoSpamCode has 3 to 16 characters, the first a letter.")
	}
	in.Spam = s.Value
	return nil
}

// results says what became of additional services.
func results(served []string, t mobileid.Transaction, status int) (all []mss.ServiceResult) {
	for _, uri := range served {
		r := mss.ServiceResult{Description: uri, Code: mss.RequestOK}
		switch {
		case uri == mss.ServiceValidate && status != mss.RequestOK:
			r.Code = status
		case uri == mss.ServiceControl:
			r.Message = t.Control
		}
		all = append(all, r)
	}
	return all
}

// clip bounds what a provider has written, in answers to it.
func clip(s string) string {
	const most = 100
	return strings.ToValidUTF8(s[:min(len(s), most)], "")
}
