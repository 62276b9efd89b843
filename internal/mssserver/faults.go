package mssserver

import (
	"errors"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/mss"
)

// faults are the codes for faults of the domain that have one of their own.
var faults = map[string]struct{ code, second int }{
	"provider.refused": {mss.UnauthorizedAccess, 0},

	"mobileid.number":       {mss.WrongParam, mss.MalformedUser},
	"mobileid.person":       {mss.WrongParam, mss.MalformedUser},
	"mobileid.user":         {mss.WrongParam, mss.MalformedUser},
	"mobileid.unknown":      {mss.UnknownClient, mss.UnknownUser},
	"mobileid.suspended":    {mss.UnauthorizedAccess, mss.SuspendedUser},
	"mobileid.hold":         {mss.UnauthorizedAccess, mss.SuspendedUser},
	"mobileid.spam_missing": {mss.MissingParam, mss.MissingSpamCode},
	"mobileid.spam_wrong":   {mss.WrongParam, mss.InvalidSpamCode},
	"mobileid.no_key":       {mss.NoKeyFound, mss.KeyMissing},
	"mobileid.card":         {mss.OTAError, mss.CardNotKnown},
	"mobileid.role":         {mss.UnsupportedProfile, 0},
	"mobileid.text":         {mss.InappropriateData, 0},
	"mobileid.prefix":       {mss.InappropriateData, 0},
	"mobileid.too_long":     {mss.WrongDataLength, 0},
	"mobileid.missing":      {mss.MissingParam, mss.MissingData},
	"mobileid.content":      {mss.WrongParam, mss.WrongEncoding},
	"mobileid.event":        {mss.WrongParam, 0},
	"mobileid.duplicate":    {mss.WrongParam, 0},
	"mobileid.ttl":          {mss.WrongParam, 0},
	"mobileid.receipt":      {mss.PBSignatureProcess, 0},
	"mobileid.busy":         {mss.PBSignatureProcess, 0},
	"mobileid.limited":      {mss.PBSignatureProcess, 0},
	"mobileid.cool_down":    {mss.PBSignatureProcess, 0},
}

// faultOf is the one mapping of errors: total over the kinds of faults.
func faultOf(err error, entitled bool) *mss.Fault {
	if f := (*mss.Fault)(nil); errors.As(err, &f) {
		return f
	}
	f := fault.From(err)
	if known, ok := faults[f.Code]; ok {
		return mss.Faultf(known.code, known.second, "%s", f.Detail)
	}
	switch f.Kind {
	case fault.Invalid:
		return mss.Faultf(mss.WrongParam, 0, "%s", f.Detail)
	case fault.Denied:
		return mss.Faultf(mss.UnauthorizedAccess, 0, "%s", f.Detail)
	case fault.NotFound:
		if entitled {
			return mss.Faultf(mss.UnknownClient, mss.UnknownUser, "%s", f.Detail)
		}
		return mss.Faultf(mss.ExpiredTransaction, mss.UserTimeout, "Nobody answered in time.")
	case fault.Conflict, fault.Limited:
		return mss.Faultf(mss.PBSignatureProcess, 0, "%s", f.Detail)
	case fault.Unavailable, fault.Internal:
	}
	return mss.Faultf(mss.InternalError, mss.ServerError, "Something went wrong on our side. Try again.")
}
